/** Reads a TypeScript file's imports with the compiler's own parser, so that comments and strings cannot fool it. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

export interface SourceImport {
  readonly specifier: string
  readonly typeOnly: boolean
}

export interface SourceFile {
  /** Path below the source root, forward slashes. */
  readonly path: string
  readonly imports: readonly SourceImport[]
  /** Every string literal that is not an import specifier. */
  readonly strings: readonly string[]
  readonly readsProcessEnv: boolean
}

export function readSources(root: string, skip: readonly string[] = []): readonly SourceFile[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !skip.some((prefix) => path.startsWith(prefix)))
    .map((path) => parseSource(path, readFileSync(join(root, path), 'utf8')))
}

export function parseSource(path: string, text: string): SourceFile {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true)
  const imports: SourceImport[] = []
  const strings: string[] = []
  let readsProcessEnv = false
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      imports.push({ specifier: node.moduleSpecifier.text, typeOnly: isTypeOnlyImport(node) })
      return
    }
    if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
      imports.push({ specifier: node.moduleSpecifier.text, typeOnly: node.isTypeOnly })
      return
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments
      if (argument && ts.isStringLiteral(argument)) imports.push({ specifier: argument.text, typeOnly: false })
    }
    if (ts.isPropertyAccessExpression(node) && node.getText() === 'process.env') readsProcessEnv = true
    if (ts.isStringLiteralLike(node)) strings.push(node.text)
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return { path: path.replaceAll('\\', '/'), imports, strings, readsProcessEnv }
}

function isTypeOnlyImport({ importClause }: ts.ImportDeclaration): boolean {
  if (!importClause) return false
  if (importClause.isTypeOnly) return true
  const { name, namedBindings } = importClause
  if (name || !namedBindings || !ts.isNamedImports(namedBindings)) return false
  return namedBindings.elements.length > 0 && namedBindings.elements.every((element) => element.isTypeOnly)
}
