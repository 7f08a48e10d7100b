// docs/api.yaml as a judge of exchanges: { method, path, request, status, content_type, response }, as rest_test_kit.h records
// them. Answers are held to the letter: what the document does not name may not come. Requests may hold more, since unknown
// fields are ignored.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

// The packages of web/ (one install, one lock file); Node would not look there by itself.
const require = createRequire(new URL("../../web/package.json", import.meta.url));
const { parse } = require("yaml");
const Ajv = require("ajv/dist/2020").default;
const addFormats = require("ajv-formats").default;

const METHODS = ["get", "post", "put", "delete"];
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

export const readDocument = (file) => parse(readFileSync(file, "utf8"));

// The same schema with every object closed to what it does not name. Parts of an allOf stay open at their top: the whole is
// closed instead.
function closed(schema, top = true) {
  if (!isObject(schema)) return schema;
  const out = { ...schema };
  if (schema.$ref && !top) out.$ref = schema.$ref.replace("/schemas/", "/parts/");
  const each = (object) => Object.fromEntries(Object.entries(object).map(([name, one]) => [name, closed(one)]));
  if (schema.properties) out.properties = each(schema.properties);
  for (const name of ["items", "additionalProperties"]) if (isObject(schema[name])) out[name] = closed(schema[name]);
  for (const name of ["oneOf", "anyOf"]) if (schema[name]) out[name] = schema[name].map((one) => closed(one));
  if (schema.allOf) out.allOf = schema.allOf.map((one) => closed(one, false));
  if (!top || "additionalProperties" in schema) return out;
  if (schema.allOf) Object.assign(out, { type: "object", unevaluatedProperties: false });
  else if (schema.properties) out.additionalProperties = false;
  return out;
}

function judge(schemas, parts) {
  const ajv = new Ajv({ strict: true, allowUnionTypes: true, strictRequired: false, allErrors: false });
  addFormats(ajv);
  ajv.addVocabulary(["components"]);
  ajv.addSchema({ $id: "api", components: { schemas, parts } });
  const known = new Map();
  return (schema, value) => {
    if (!known.has(schema)) {
      // References of the document are to itself; here it has a name.
      const text = JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"api#/');
      known.set(schema, ajv.compile(JSON.parse(text)));
    }
    const validate = known.get(schema);
    if (validate(value)) return null;
    const [error] = validate.errors;
    return `${error.instancePath || "the body"} ${error.message} ${JSON.stringify(error.params)}`;
  };
}

export class Contract {
  constructor(document) {
    this.document = document;
    const schemas = document.components.schemas;
    const every = (top) =>
      Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, closed(schema, top)]));
    this.judgeAnswer = judge(every(true), every(false));
    this.judgeRequest = judge(schemas, {});
    this.closedOf = new Map();
    this.operations = [];
    for (const [path, item] of Object.entries(document.paths)) {
      for (const method of METHODS.filter((name) => item[name])) {
        this.operations.push({
          name: `${method.toUpperCase()} ${path}`,
          method: method.toUpperCase(),
          segments: path.split("/"),
          parameters: [...(item.parameters ?? []), ...(item[method].parameters ?? [])].map((one) => this.resolved(one)),
          body: item[method].requestBody,
          responses: item[method].responses,
        });
      }
    }
  }

  resolved(node) {
    if (!node?.$ref) return node;
    return node.$ref.slice(2).split("/").reduce((at, name) => at[name], this.document);
  }

  // As the router does: literal segments win over names. Undefined where there is none.
  operationOf(method, path) {
    const segments = path.split("?")[0].split("/");
    const isName = (segment) => segment.startsWith("{");
    const fits = (operation) =>
      operation.method === method &&
      operation.segments.length === segments.length &&
      operation.segments.every((segment, i) => segment === segments[i] || (isName(segment) && segments[i] !== ""));
    const names = (operation) => operation.segments.filter(isName).length;
    return this.operations.filter(fits).sort((a, b) => names(a) - names(b))[0];
  }

  // What is wrong with an exchange, in words; empty where nothing is.
  faultsOf(exchange) {
    const operation = this.operationOf(exchange.method, exchange.path);
    if (!operation) return exchange.status === 404 || exchange.status === 405 ? [] : ["the document has no such operation"];
    const faults = this.faultsOfAnswer(operation, exchange);
    if (exchange.status < 300) faults.push(...this.faultsOfRequest(operation, exchange));
    return faults.map((fault) => `${operation.name} ${exchange.status}: ${fault}`);
  }

  faultsOfAnswer(operation, { status, content_type: type, response: body }) {
    const response = this.resolved(operation.responses[String(status)]);
    if (!response) return ["a status that is not documented"];
    if (!response.content) return body === "" ? [] : ["a body where the document has none"];
    const schema = response.content[type.split(";")[0]]?.schema;
    if (!schema) return [`${type} is not a documented content type`];
    if (!type.includes("json")) return body === "" ? ["an empty text"] : [];
    if (!this.closedOf.has(schema)) this.closedOf.set(schema, closed(schema));
    const fault = this.judgeAnswer(this.closedOf.get(schema), JSON.parse(body));
    return fault ? [`answer: ${fault}`] : [];
  }

  // Of a request that was taken.
  faultsOfRequest(operation, { path, request }) {
    const faults = [];
    for (const [name, text] of new URLSearchParams(path.split("?")[1] ?? "")) {
      const parameter = operation.parameters.find((one) => one.in === "query" && one.name === name);
      if (!parameter) {
        faults.push(`?${name} is not documented`);
        continue;
      }
      const value = { integer: Number, boolean: (word) => word === "true" }[parameter.schema.type]?.(text) ?? text;
      const fault = this.judgeRequest(parameter.schema, value);
      if (fault) faults.push(`?${name}: ${fault}`);
    }
    const content = operation.body?.content;
    if (request === "") return operation.body?.required ? [...faults, "taken without the body that it requires"] : faults;
    if (!content) return faults;
    if (!content["application/json"]) return faults;
    const fault = this.judgeRequest(content["application/json"].schema, JSON.parse(request));
    return fault ? [...faults, `request: ${fault}`] : faults;
  }

  // Names that the top of an answer's object, or of the objects of a list, may go without.
  optionalOf({ method, path, status, content_type: type }) {
    const response = this.resolved(this.operationOf(method, path).responses[String(status)]);
    const top = response.content[type.split(";")[0]].schema;
    const { names, required } = this.shapeOf(this.resolved(top).items ?? top);
    return new Set([...names].filter((name) => !required.has(name)));
  }

  shapeOf(schema) {
    const { properties = {}, required = [], allOf = [] } = this.resolved(schema);
    const shape = { names: new Set(Object.keys(properties)), required: new Set(required) };
    for (const part of allOf.map((one) => this.shapeOf(one))) {
      part.names.forEach((name) => shape.names.add(name));
      part.required.forEach((name) => shape.required.add(name));
    }
    return shape;
  }

  // Documented successes that none of the exchanges shows: "GET /api/tracks 200".
  unseen(exchanges) {
    const seen = new Set(
      exchanges.map((one) => `${this.operationOf(one.method, one.path)?.name} ${one.status}`),
    );
    return this.operations
      .flatMap(({ name, responses }) => Object.keys(responses).map((status) => `${name} ${status}`))
      .filter((line) => / 2\d\d$/.test(line) && !line.endsWith(" 202") && !seen.has(line));
  }
}
