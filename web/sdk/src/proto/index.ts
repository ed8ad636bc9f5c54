export { fromBinary, toBinary } from './binary.js';
export { create } from './create.js';
export { fromJson, toJson, type Json } from './json.js';
export { enumName, type EnumType, type Init, type MessageType } from './schema.js';
