// Compiles one module to a component. Arguments: the module, the folder that it may import from, the folder of the contract,
// the file to write. The plainer of the two runtimes, because the host calls plugins in the ordinary way.
import { readFile, writeFile } from "node:fs/promises";
import { componentize } from "componentize-qjs";

const [jsPath, moduleRoot, witPath, out] = process.argv.slice(1);
try {
  const jsSource = await readFile(jsPath, "utf8");
  const { component } = await componentize({ witPath, world: "asked", jsSource, jsPath, moduleRoot, sync: true });
  await writeFile(out, component);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
