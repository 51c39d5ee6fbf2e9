import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAst } from 'vitest/node';
import { z } from 'zod';

type Statement = ReturnType<typeof parseAst>['body'][number];
type Declaration = Extract<Statement, { type: 'TSTypeAliasDeclaration' }>;
type TypeNode = Declaration['typeAnnotation'];
type Of<Kind extends TypeNode['type']> = Extract<TypeNode, { type: Kind }>;

/**
 * Schemas made from the types that a client publishes for TypeScript: what it expects of each answer. The declarations are
 * parsed when they are asked for, so that nobody copies them. An answer may have more fields. It may lack a field whose type
 * allows null, which a program reads in the same way.
 */
export class PublishedTypes {
  readonly #declared = new Map<string, TypeNode>();
  readonly #made = new Map<string, z.ZodType>();

  /** Reads all declarations of a folder. `instead` has the schemas of fields that the client declares wrongly. */
  constructor(
    folder: string,
    private readonly instead: Record<string, z.ZodType> = {},
  ) {
    for (const file of readdirSync(folder))
      if (file.endsWith('.d.ts')) this.#read(readFileSync(join(folder, file), 'utf8'));
  }

  /** The schema of a type by its name. Throws when the client declares none. */
  of(name: string): z.ZodType {
    const known = this.#made.get(name);
    if (known) return known;
    const node = this.#declared.get(name);
    if (!node) throw new Error(`Expected a type that the client declares, got ${name}`);
    const schema = z.lazy(() => made); // a status may hold a status
    this.#made.set(name, schema);
    const made = this.#type(node, name);
    return schema;
  }

  #read(source: string): void {
    for (const statement of parseAst(source, { lang: 'dts' }).body) {
      const declared = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
      if (declared?.type === 'TSTypeAliasDeclaration')
        this.#declared.set(declared.id.name, declared.typeAnnotation);
    }
  }

  #type(node: TypeNode, path: string): z.ZodType {
    switch (node.type) {
      case 'TSStringKeyword':
        return z.string();
      case 'TSNumberKeyword':
        return z.number();
      case 'TSBooleanKeyword':
        return z.boolean();
      case 'TSNullKeyword':
        return z.null();
      case 'TSUnionType':
        return z.union(node.types.map((each) => this.#type(each, path)));
      case 'TSArrayType':
        return z.array(this.#type(node.elementType, path));
      case 'TSTypeLiteral':
        return this.#object(node, path);
      case 'TSLiteralType':
        return z.literal(textOf(node, path));
      case 'TSTypeReference':
        return this.#reference(node, path);
      default:
        throw new Error(`${path}: expected a kind of type that is known here, got ${node.type}`);
    }
  }

  #object({ members }: Of<'TSTypeLiteral'>, owner: string): z.ZodType {
    const fields = members.flatMap((member) => {
      if (member.type !== 'TSPropertySignature' || !member.typeAnnotation) return [];
      const { typeAnnotation: node } = member.typeAnnotation;
      const name = nameOf(member.key);
      const path = `${owner}.${name}`;
      const type = this.instead[path] ?? this.#type(node, path);
      return [[name, member.optional || allowsNull(node) ? type.nullish() : type] as const];
    });
    return z.looseObject(Object.fromEntries(fields));
  }

  #reference({ typeName, typeArguments }: Of<'TSTypeReference'>, path: string): z.ZodType {
    if (typeName.type !== 'Identifier') throw new Error(`${path}: expected a type of this client`);
    const [first] = typeArguments?.params ?? [];
    return typeName.name === 'Array' && first ? z.array(this.#type(first, path)) : this.of(typeName.name);
  }
}

const allowsNull = (node: TypeNode): boolean =>
  node.type === 'TSUnionType' && node.types.some(({ type }) => type === 'TSNullKeyword');

const nameOf = (key: { type: string; name?: unknown; value?: unknown }): string =>
  String(key.type === 'Identifier' ? key.name : key.value);

function textOf({ literal }: Of<'TSLiteralType'>, path: string): string {
  if (literal.type === 'Literal' && typeof literal.value === 'string') return literal.value;
  throw new Error(`${path}: expected a text`);
}
