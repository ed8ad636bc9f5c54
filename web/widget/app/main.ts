/**
 * The widget, in the frame that the loader made: it draws into the shadow root in which the frame
 * stands. Nothing here reads a global of the page around, but for what only the page's window knows.
 */
import '../styles.css';
import { start } from './start.svelte';

const frame = window.frameElement as HTMLIFrameElement;
void start(frame, frame.getRootNode() as ShadowRoot);
