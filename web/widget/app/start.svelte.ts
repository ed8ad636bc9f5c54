import type { Site } from '@kefu/sdk';
import { mount } from 'svelte';
import { eyes } from '../../src/lib/browser/eyes.svelte';
import { Chime } from '../../src/lib/chime';
import { admission, type Admission } from './admission';
import { Appearance } from './appearance.svelte';
import Direct from './Direct.svelte';
import { keepPrivate } from './focus';
import { onIdentity, whoAt } from './identity';
import Framed from './Framed.svelte';
import { optionsOf } from './options';
import { onTurn, pageOf } from './page';
import { dress } from './styles';
import { Viewport } from './viewport.svelte';
import { Visit } from './visit.svelte';

/** Shows the widget in this root, unless the server does not want it there. */
export async function start(frame: HTMLIFrameElement, root: ShadowRoot): Promise<void> {
  const element = root.host as HTMLElement;
  const page = frame.ownerDocument.defaultView!;
  const options = optionsOf(element);
  dress(root, page);
  // In the document, though not to be seen: a frame without a box gets no animation frames.
  frame.className = 'realm';
  frame.hidden = false;
  eyes.follow(page);
  // Sounds need a touch of the page, which may come before the server has answered.
  const chime = new Chime(page);
  const appearance = new Appearance(page, element);
  const viewport = new Viewport(page);

  const framed: Admission = { forbidden: true };
  const admitted =
    options.mode === 'frame' ? framed : await admission(options.server, options.tenant);
  if ('refused' in admitted) {
    console.warn(`Kefu's widget is not shown on this page: ${admitted.refused}`);
    return;
  }

  const shell = document.createElement('div');
  root.append(shell);
  keepPrivate(shell);
  const around = { options, appearance, viewport };
  const visitOf = (site: Site) =>
    new Visit(options.server, site, chime, whoAt(element), () => pageOf(page));
  const widget =
    'site' in admitted
      ? mount(Direct, {
          target: shell,
          props: { ...around, visit: visitOf(admitted.site), site: admitted.site },
        })
      : mount(Framed, { target: shell, props: { ...around, page, element } });
  // The page may have a button of its own.
  element.addEventListener('kefu-open', () => void widget.open());
  element.addEventListener('kefu-close', () => void widget.close());
  onIdentity(element, () => widget.identify());
  onTurn(page, () => widget.turn());
}
