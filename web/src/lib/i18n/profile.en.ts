import type { ProfileWords } from './profile.zh';

export const profileEn: ProfileWords = {
  tags: 'Tags',
  add: 'Add a tag, Enter to confirm',
  remove: (tag) => `Remove the tag ${tag}`,
  proposed: 'Tags in use',
  rename: 'Change the name',
  name: "Visitor's name",
  renamed: 'The name was changed',
};
