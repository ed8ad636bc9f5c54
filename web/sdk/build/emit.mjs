// One file of definitions as TypeScript.

const SCALARS = {
  TYPE_STRING: ['string', 'string'],
  TYPE_BYTES: ['bytes', 'Uint8Array'],
  TYPE_BOOL: ['bool', 'boolean'],
  TYPE_DOUBLE: ['double', 'number'],
  TYPE_UINT32: ['uint32', 'number'],
  TYPE_INT32: ['int32', 'number'],
  TYPE_SINT32: ['sint32', 'number'],
  TYPE_UINT64: ['uint64', 'bigint'],
  TYPE_INT64: ['int64', 'bigint'],
};

const REPEATED = 'LABEL_REPEATED';

/**
 * Every message and enumeration of all files, by its full name: what it is called in TypeScript, and
 * in which file it stands.
 */
export function namesOf(files) {
  const names = new Map();
  for (const file of files) {
    const add = (type, outer) => {
      const full = outer ? `${outer}.${type.name}` : type.name;
      const module = file.name.replace('kefu/v1/', '').replace('.proto', '');
      names.set(`.${file.package}.${full}`, { name: full.replaceAll('.', '_'), module });
      for (const inner of [...(type.nestedType ?? []), ...(type.enumType ?? [])]) add(inner, full);
    };
    for (const type of [...(file.messageType ?? []), ...(file.enumType ?? [])]) add(type, '');
  }
  return names;
}

/** The text of a generated file; with `only`, of these messages of it. */
export function emitFile(file, only, names) {
  const module = file.name.replace('kefu/v1/', '').replace('.proto', '');
  const said = (file.sourceCodeInfo?.location ?? []).filter((each) => each.leadingComments);
  const comments = new Map(said.map((each) => [each.path.join(), each.leadingComments]));
  const scope = { names, comments, module, outside: new Map() };
  const messages = (file.messageType ?? []).map((type, index) => ({ type, path: [4, index] }));
  const parts = [
    ...(file.enumType ?? []).map((type, index) => emitEnum(type, type.name, [5, index], scope)),
    ...messages
      .filter(({ type }) => !only || only.includes(type.name))
      .flatMap(({ type, path }) => emitMessage(type, type.name, path, scope)),
  ];
  const tools = parts.some((part) => part.includes('enumeration('))
    ? 'enumeration, message, type EnumType, type MessageType'
    : 'message, type MessageType';
  return [
    `// From proto/${file.name} by build/gen.mjs.`,
    `import { ${tools} } from '../proto/schema.js';`,
    ...importsOf(scope),
    '',
    ...parts,
  ].join('\n');
}

function importsOf({ outside }) {
  const modules = [...new Set([...outside.values()].map(({ module }) => module))];
  return modules.map((module) => {
    const types = [...outside.values()].filter((type) => type.module === module);
    const names = types.flatMap(({ name }) => [`type ${name}`, `${name}Schema`]);
    return `import { ${names.join(', ')} } from './${module}.js';`;
  });
}

function doc(scope, path, indent = '') {
  const text = scope.comments.get(path.join())?.trimEnd();
  if (!text) return '';
  const lines = text.split('\n').map((line) => `${indent} *${line.trimEnd()}\n`);
  return `${indent}/**\n${lines.join('')}${indent} */\n`;
}

function emitEnum(type, name, path, scope) {
  const prefix = `${type.name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()}_`;
  const values = type.value.map((value, index) => {
    const short = value.name.startsWith(prefix) ? value.name.slice(prefix.length) : value.name;
    return `${doc(scope, [...path, 2, index], '  ')}  ${short} = ${value.number ?? 0},\n`;
  });
  return (
    `${doc(scope, path)}export enum ${name} {\n${values.join('')}}\n` +
    `export const ${name}Schema: EnumType = /* @__PURE__ */ enumeration('${prefix}', ${name});\n`
  );
}

function emitMessage(type, name, path, scope) {
  const fields = (type.field ?? []).map((field, index) =>
    describe(field, type, [...path, 2, index], scope),
  );
  const plain = fields.filter(({ oneof }) => !oneof);
  const oneofs = [...new Set(fields.flatMap(({ oneof }) => oneof ?? []))];
  const members = [
    ...plain.map((it) => `${doc(scope, it.path, '  ')}  ${it.name}: ${it.shown};\n`),
    ...oneofs.map(
      (oneof) =>
        `  ${oneof}:\n${cases(fields, oneof, scope)}    | { case: undefined; value?: undefined };\n`,
    ),
  ];
  const rows = fields.map(({ row }) => `  [${row}],\n`);
  const text =
    `${doc(scope, path)}export interface ${name} {\n${members.join('')}}\n` +
    `export const ${name}Schema: MessageType<${name}> = /* @__PURE__ */ message<${name}>(\n${rows.join('')});\n`;
  return [
    ...(type.enumType ?? []).map((inner, index) =>
      emitEnum(inner, `${name}_${inner.name}`, [...path, 4, index], scope),
    ),
    ...(type.nestedType ?? []).flatMap((inner, index) =>
      emitMessage(inner, `${name}_${inner.name}`, [...path, 3, index], scope),
    ),
    text,
  ];
}

function cases(fields, oneof, scope) {
  return fields
    .filter((it) => it.oneof === oneof)
    .map((it) => `${doc(scope, it.path, '    ')}    | { case: '${it.name}'; value: ${it.type} }\n`)
    .join('');
}

function describe(field, message, path, scope) {
  const scalar = SCALARS[field.type];
  const nested = scalar ? undefined : reference(field, scope);
  const type = scalar ? scalar[1] : nested;
  const oneof = field.proto3Optional ? undefined : message.oneofDecl?.[field.oneofIndex]?.name;
  const repeated = field.label === REPEATED;
  const absent = field.proto3Optional || (field.type === 'TYPE_MESSAGE' && !repeated);
  const label = repeated ? 'repeated' : field.proto3Optional ? 'optional' : '';
  const row = [
    field.number,
    `'${field.jsonName}'`,
    scalar ? `'${scalar[0]}'` : `() => ${nested}Schema`,
  ];
  if (label || oneof) row.push(`'${label}'`);
  if (oneof) row.push(`'${camel(oneof)}'`);
  return {
    name: field.jsonName,
    type,
    shown: repeated ? `${type}[]` : absent ? `${type} | undefined` : type,
    oneof: oneof && camel(oneof),
    row: row.join(', '),
    path,
  };
}

function reference({ typeName }, { names, module, outside }) {
  const found = names.get(typeName);
  if (found.module !== module) outside.set(typeName, found);
  return found.name;
}

function camel(snake) {
  return snake.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
}
