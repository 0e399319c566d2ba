import assert from "node:assert/strict";
import { narrowestScope } from "./discovery.ts";
import { callService, errorOf, Rig, valueOf } from "./test_rig.ts";

const DRIVE = "https://www.googleapis.com/auth/drive";

function document(rootUrl: string) {
  const parameters = { fileId: { type: "string", required: true, location: "path" } };
  const scopes = [DRIVE, `${DRIVE}.metadata.readonly`, `${DRIVE}.readonly`];
  return {
    name: "drive",
    version: "v3",
    rootUrl,
    servicePath: "drive/v3/",
    resources: {
      files: {
        methods: {
          list: { id: "drive.files.list", path: "files", httpMethod: "GET", scopes },
          get: {
            id: "drive.files.get",
            path: "files/{fileId}",
            httpMethod: "GET",
            parameters,
            parameterOrder: ["fileId"],
            scopes,
          },
          delete: {
            id: "drive.files.delete",
            path: "files/{fileId}",
            httpMethod: "DELETE",
            parameters,
            parameterOrder: ["fileId"],
            scopes: [DRIVE],
          },
        },
      },
    },
  };
}

function entries(rig: Rig): Record<string, string> {
  return { ...rig.entries(), GAPI_DISCOVERY_URL: `${rig.origin}/discovery/{api}/{version}` };
}

function driveRig(root = "https://www.googleapis.com/"): Rig {
  return new Rig((_request, url) =>
    url.pathname === "/discovery/drive/v3"
      ? Response.json(document(root))
      : Response.json({ path: url.pathname, query: url.search })
  );
}

Deno.test("a method of another API is found in its discovery document, which is read once", async () => {
  await using rig = driveRig();
  const service = rig.service({}, entries(rig));
  assert.deepEqual(valueOf(await callService(service, "drive.v3.files.list", [{ q: "a b" }])), {
    path: "/drive/v3/files",
    query: "?q=a%20b",
  });
  assert.deepEqual(valueOf(await callService(service, "drive.v3.files.get", [{ fileId: "../x" }], {})), {
    path: "/drive/v3/files/..%2Fx",
    query: "",
  });
  assert.equal(rig.count("/discovery/drive/v3"), 1);
  assert.deepEqual(rig.assertions.map(({ sub, scope }) => [sub, scope]), [["admin@example.com", `${DRIVE}.readonly`]]);
  await callService(service, "drive.v3.files.list", [{}, { subject: "ann@example.com" }]);
  assert.equal(rig.assertions.at(-1)!.sub, "ann@example.com");
});

Deno.test("a discovered method that writes is refused unless the manifest lists it", async () => {
  await using rig = driveRig();
  const service = rig.service({}, entries(rig));
  const refused = errorOf(await callService(service, "drive.v3.files.delete", [{ fileId: "f" }]));
  assert.equal(refused.code, "METHOD_REFUSED");
  assert.equal(rig.count("/drive/v3/files/f"), 0);
  valueOf(
    await callService(service, "drive.v3.files.delete", [{ fileId: "f" }], {
      manifest: { writes: ["drive.v3.files.delete"] },
    }),
  );
  assert.equal(rig.requests.at(-1)!.method, "DELETE");
});

Deno.test("an unknown method of a document is refused with the nearest name", async () => {
  await using rig = driveRig();
  const service = rig.service({}, entries(rig));
  const error = errorOf(await callService(service, "drive.v3.file.list", [{}]));
  assert.equal(error.code, "METHOD_UNKNOWN");
  assert.equal(error.hint, "Did you mean drive.v3.files.list?");
  for (const path of ["drive.v3.files.constructor", "drive.v3.constructor.list", "drive.v3.files.hasOwnProperty"]) {
    assert.equal(errorOf(await callService(service, path, [{}])).code, "METHOD_UNKNOWN");
  }
});

Deno.test("a document that leads to a foreign server, and a foreign document, are refused", async () => {
  await using rig = driveRig("https://evil.example/");
  assert.equal(
    errorOf(await callService(rig.service({}, entries(rig)), "drive.v3.files.list", [{}])).code,
    "METHOD_REFUSED",
  );
  const foreign = { ...rig.entries(), GAPI_DISCOVERY_URL: "https://evil.example/rest" };
  assert.equal(errorOf(await callService(rig.service({}, foreign), "drive.v3.files.list", [{}])).code, "CREDENTIALS");
  assert.equal(rig.count("/token"), 0);
});

Deno.test("a document that cannot be had is retryable when that passes", async () => {
  await using rig = new Rig(() => new Response("down", { status: 503 }));
  const service = rig.service({}, entries(rig));
  const passing = await callService(service, "drive.v3.files.list", [{}]);
  assert.ok(passing.type === "error" && passing.retry !== undefined);
  rig.api = () => new Response("none", { status: 404 });
  assert.equal(errorOf(await callService(service, "drive.v3.files.list", [{}])).code, "NOT_FOUND");
});

Deno.test("the narrowest scope is read-only for reads and never the whole cloud when another serves", () => {
  const cloud = "https://www.googleapis.com/auth/cloud-platform";
  assert.deepEqual(narrowestScope([cloud, DRIVE, `${DRIVE}.readonly`], "GET"), [`${DRIVE}.readonly`]);
  assert.deepEqual(narrowestScope([cloud, DRIVE], "POST"), [DRIVE]);
  assert.deepEqual(narrowestScope([cloud], "GET"), [cloud]);
  assert.deepEqual(narrowestScope(undefined, "GET"), []);
});
