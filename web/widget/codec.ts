import type { Codec, CodecName } from '../sdk/src/net/codec';
import { ClientFrameSchema, ServerFrameSchema } from '../sdk/src/gen/frame';
import { fromJson, toJson } from '../sdk/src/proto/json';

const json: Codec = {
  subprotocol: 'kefu.v1.json',
  encode: (frame) => JSON.stringify(toJson(ClientFrameSchema, frame)),
  decode: (data) => fromJson(ServerFrameSchema, JSON.parse(String(data))),
};

/**
 * What the widget's build puts in the place of the SDK's: JSON, which REST and the fallbacks need in any
 * case, whatever is asked for. A visitor's frames are small.
 */
export const CODECS: Record<CodecName, Codec> = { json, proto: json };
