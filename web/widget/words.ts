/** Of the words about pictures and files, what the widget says: its build puts them in their place. */
export const mediaZh = {
  imageNamed: (name: string) => `图片 ${name}`,
  download: (name: string) => `下载 ${name}`,
  failed: '无法加载',
};

export const mediaEn: typeof mediaZh = {
  imageNamed: (name) => `Picture ${name}`,
  download: (name) => `Download ${name}`,
  failed: 'Could not be loaded',
};
