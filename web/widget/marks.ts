/** The custom element's name, and that of the Trusted Types policy. */
export const ELEMENT = 'kefu-widget';
/** Marks the element: which server's widget it is. */
export const SERVER = 'data-kefu-server';
/** Marks the frame in which the widget's code runs. */
export const REALM = 'data-kefu-realm';
