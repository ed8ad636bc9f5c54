import {
  ClientFrameSchema,
  ServerFrameSchema,
  type ClientFrame,
  type ServerFrame,
} from '../gen/frame.js';
import { fromBinary, fromJson, toBinary, toJson } from '../proto/index.js';

export type CodecName = 'proto' | 'json';

/** How frames look on the wire. The subprotocol tells the server which one is spoken. */
export interface Codec {
  subprotocol: string;
  encode(frame: ClientFrame): string | Uint8Array<ArrayBuffer>;
  /** Throws when the data is not a frame. */
  decode(data: unknown): ServerFrame;
}

const proto: Codec = {
  subprotocol: 'kefu.v1.proto',
  encode: (frame) => toBinary(ClientFrameSchema, frame),
  decode(data) {
    if (!(data instanceof ArrayBuffer)) throw new TypeError('expected a binary frame');
    return fromBinary(ServerFrameSchema, new Uint8Array(data));
  },
};

/** For people who watch the traffic: the same frames, readable. */
const json: Codec = {
  subprotocol: 'kefu.v1.json',
  encode: (frame) => JSON.stringify(toJson(ClientFrameSchema, frame)),
  decode(data) {
    if (typeof data !== 'string') throw new TypeError('expected a text frame');
    return fromJson(ServerFrameSchema, JSON.parse(data));
  },
};

export const CODECS: Record<CodecName, Codec> = { proto, json };
