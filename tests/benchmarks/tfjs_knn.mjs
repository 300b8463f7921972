// Times one query of TF.js's knn-classifier: node tfjs_knn.mjs ROWS WIDTH QUERIES, in a folder that has
// @tensorflow-models/knn-classifier, @tensorflow/tfjs-core and @tensorflow/tfjs-backend-cpu; prints milliseconds.
import { createRequire } from "node:module";
const require = createRequire(`${process.cwd()}/`);
const tf = require("@tensorflow/tfjs-core");
require("@tensorflow/tfjs-backend-cpu");
const knnClassifier = require("@tensorflow-models/knn-classifier");

const [rows, width, queries] = process.argv.slice(2).map(Number);
await tf.setBackend("cpu");
const knn = knnClassifier.create();
for (let row = 0; row < rows; row++) knn.addExample(tf.randomNormal([width]), `label ${row % 5}`);
const spent = [];
for (let query = 0; query < queries; query++) {
  const vector = tf.randomNormal([width]);
  const start = performance.now();
  await knn.predictClass(vector, 3);
  spent.push(performance.now() - start);
}
spent.sort((a, b) => a - b);
console.log(spent[Math.floor(spent.length / 2)]);
