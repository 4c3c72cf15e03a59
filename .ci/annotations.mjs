// Our annotations against those that GitHub's own toolkit prints for the same findings:
// `node annotations.mjs report.json report.github`, beside node_modules with @actions/core.
import { readFileSync } from "node:fs";
import { Writable } from "node:stream";
import { error, notice, warning } from "@actions/core";

const [json, ours] = process.argv.slice(2);
const print = { error, warning, info: notice };
// Level and properties, in one order.
const headOf = (line) => {
  const [, head] = line.match(/^::(.*?)::/s);
  const [level, ...properties] = head.split(" ");
  return level + " " + properties.join(" ").split(",").sort().join(",");
};
let printed = "";
const write = process.stdout.write;
process.stdout.write = (text) => (printed += text);
const printedOurs = readFileSync(ours, "utf8").trimEnd().split("\n");
for (const finding of JSON.parse(readFileSync(json, "utf8"))) {
  const one = finding.location.row === finding.end_location.row;
  print[finding.severity]("", {
    title: `lintlight (${finding.code})`,
    file: finding.filename,
    startLine: finding.location.row,
    endLine: finding.end_location.row,
    startColumn: one ? finding.location.column : undefined,
    endColumn: one ? finding.end_location.column : undefined,
  });
}
process.stdout.write = write;
const theirs = printed.trimEnd().split("\n").map(headOf).sort();
const mine = printedOurs.map(headOf).sort();
const different = mine.filter((head, at) => head !== theirs[at]);
console.log(`${mine.length} annotations, ${theirs.length} of the toolkit's, ${different.length} different`);
if (different.length || mine.length !== theirs.length) {
  console.log(different[0]);
  process.exit(1);
}
