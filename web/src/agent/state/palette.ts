import { i18n } from '../../lib/i18n/index.svelte';
import { theme } from '../../lib/theme.svelte';
import { logout } from './account';
import { router } from './router.svelte';
import { COMBOS, type ComboName } from './shortcuts';
import { choices, chooseStatus } from './status';
import type { TalkAction } from './talk.svelte';
import { TABS } from './lists';
import type { Ui } from './ui.svelte';
import type { Workspace } from './workspace.svelte';

export interface PaletteEntry {
  id: string;
  label: string;
  detail?: string;
  keys?: string[];
  run: () => void;
}

export interface PaletteGroup {
  title: string;
  entries: PaletteEntry[];
}

/** Conversations that are listed at most. */
const MOST_CONVERSATIONS = 8;
const TALK_ACTIONS: TalkAction[] = ['claim', 'transfer', 'return', 'end', 'finish', 'prioritize'];

/** Everything that can be done now and matches what was typed. */
export function paletteGroups(
  workspace: Workspace,
  ui: Ui,
  query: string,
  onleave: () => void,
): PaletteGroup[] {
  const wanted = query.trim().toLowerCase();
  const m = i18n.m.agent;
  const matching = (entries: PaletteEntry[]) =>
    entries.filter(({ label }) => label.toLowerCase().includes(wanted));
  return [
    { title: m.palette.current, entries: matching(current(workspace, ui)) },
    { title: m.palette.conversations, entries: conversations(workspace, ui, wanted) },
    { title: m.palette.go, entries: matching(places(workspace, ui)) },
    { title: m.palette.status, entries: matching(statuses(workspace)) },
    { title: i18n.m.search.title, entries: [search(ui, query.trim())] },
    { title: m.palette.settings, entries: matching(settings(workspace, ui, onleave)) },
  ].filter(({ entries }) => entries.length > 0);
}

/** Always there: whatever was typed can be looked for. */
function search(ui: Ui, query: string): PaletteEntry {
  const label = i18n.m.search.command(query);
  return { id: 'search', label, keys: ['/'], run: () => ui.find(query) };
}

function offer({ offer: asked }: Workspace): PaletteEntry[] {
  if (asked.id === 0n) return [];
  const m = i18n.m.routing.offer;
  return [
    { id: 'offer-accept', label: `${m.title} · ${m.accept}`, run: () => void asked.answer(true) },
    {
      id: 'offer-decline',
      label: `${m.title} · ${m.decline}`,
      run: () => void asked.answer(false),
    },
  ];
}

function current(workspace: Workspace, ui: Ui): PaletteEntry[] {
  const { talk } = workspace;
  const { note, reply } = i18n.m.notes;
  const write: PaletteEntry = {
    id: 'act-note',
    label: talk.noting ? reply : note,
    keys: COMBOS.note.shown,
    run: () => ui.run('note'),
  };
  const actions = TALK_ACTIONS.filter((action) => workspace.talk.can(action)).map((action) => ({
    id: `act-${action}`,
    label: i18n.m.agent.actions[action === 'prioritize' && workspace.talk.vip ? 'normal' : action],
    keys: COMBOS[action].shown,
    run: () => ui.run(action),
  }));
  return [...offer(workspace), ...actions, ...(talk.room ? [write] : [])];
}

function conversations(workspace: Workspace, ui: Ui, wanted: string): PaletteEntry[] {
  if (wanted === '') return [];
  const found: PaletteEntry[] = [];
  for (const each of workspace.conversations.values()) {
    const label = workspace.visitorName(each);
    if (!`${label} ${each.preview}`.toLowerCase().includes(wanted)) continue;
    found.push({
      id: `conversation-${each.id}`,
      label,
      detail: `${i18n.m.agent.phases[each.phase]} · ${each.preview}`,
      run: () => ui.select(each),
    });
    if (found.length === MOST_CONVERSATIONS) break;
  }
  return found;
}

function places(workspace: Workspace, ui: Ui): PaletteEntry[] {
  const m = i18n.m.agent;
  const go = (id: ComboName, label: string): PaletteEntry => ({
    id: `go-${id}`,
    label,
    keys: COMBOS[id].shown,
    run: () => ui.run(id),
  });
  return [
    go('next', m.actions.next),
    ...TABS.map((tab, index) => go(`tab${index + 1}` as ComboName, m.tabs[tab])),
    { id: 'go-left', label: i18n.m.left.page, run: () => router.open('left') },
    { id: 'go-team', label: m.nav.team, run: () => router.open('team') },
    { id: 'go-canned', label: i18n.m.canned.title, run: () => router.open('canned') },
    ...(workspace.oversees
      ? [
          { id: 'go-board', label: i18n.m.board.title, run: () => router.open('board') },
          { id: 'go-alerts', label: i18n.m.words.title, run: () => router.open('board', 'alerts') },
        ]
      : []),
    ...(workspace.oversees ? intents() : []),
    ...(workspace.isAdmin
      ? [
          { id: 'go-users', label: m.nav.users, run: () => router.open('users') },
          { id: 'go-groups', label: m.nav.groups, run: () => router.open('groups') },
        ]
      : []),
  ];
}

function intents(): PaletteEntry[] {
  const { title, tabs } = i18n.m.intents;
  return (Object.keys(tabs) as (keyof typeof tabs)[]).map((tab) => ({
    id: `go-intents-${tab}`,
    label: `${title} · ${tabs[tab]}`,
    run: () => router.open('intents', ...(tab === 'overview' ? [] : [tab])),
  }));
}

function statuses(workspace: Workspace): PaletteEntry[] {
  const m = i18n.m.agent;
  return choices(workspace).map(({ id, status, reason, label }) => ({
    id: `status-${id}`,
    label,
    detail: m.statusHints[status],
    run: () => void chooseStatus(workspace, status, reason),
  }));
}

function settings(workspace: Workspace, ui: Ui, onleave: () => void): PaletteEntry[] {
  const m = i18n.m;
  const themeLabel = theme.current === 'dark' ? m.common.toLight : m.common.toDark;
  return [
    { id: 'set-theme', label: themeLabel, run: () => theme.toggle() },
    { id: 'set-language', label: m.common.switchLanguage, run: () => i18n.toggle() },
    { id: 'set-help', label: m.agent.account.help, keys: ['?'], run: () => (ui.help = true) },
    {
      id: 'set-logout',
      label: m.agent.account.logout,
      run: () => void logout(workspace, false, onleave),
    },
  ];
}
