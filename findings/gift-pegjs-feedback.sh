#!/usr/bin/env bash
# gift-pegjs 1.0.2 (npm): `trueFeedback` is the first remark, also where TRUE is the right answer.
#
# In GIFT the first remark of a true/false question is shown for the wrong answer, the second for the
# right one (Moodle's question/format/gift/format.php, split_truefalse_comment). Of
# {TRUE#wrong#right} Moodle shows "right" to who answers true; gift-pegjs has "wrong" as
# `trueFeedback`. {FALSE#…} agrees with Moodle by chance. It also keeps the weight of {=%50%a ~b}, which
# Moodle takes for text, as "=" is worth 100 % where there is a "~".
# Ours: assessment/question_files/gift/reader.py does as Moodle; gift-pegjs is no oracle for these two.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" gift-pegjs@1.0.2
node - <<'JAVASCRIPT'
const assert = require("node:assert");
const { parse } = require("gift-pegjs");
const [right] = parse("Sky is blue. {TRUE#wrong#right}");
const [weighted] = parse("Q {=%50%a ~b}");
console.log("gift-pegjs 1.0.2:", right.trueFeedback.text, "|", weighted.choices[0].weight);
assert.strictEqual(right.trueFeedback.text, "wrong", "the behaviour has changed");
assert.strictEqual(right.falseFeedback.text, "right", "the behaviour has changed");
assert.strictEqual(weighted.choices[0].weight, 50, "the behaviour has changed");
JAVASCRIPT
