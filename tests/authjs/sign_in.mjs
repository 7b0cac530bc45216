// Signs people in as OptiCRM does, with the real Auth.js, and prints the cookies it sets.
//
// Reads a JSON array from standard input; each element is {secrets, secure, claims, maxAge?}.
// Prints a JSON array of lists of [name, value], in the order in which they were set.
import { Auth, skipCSRFCheck } from "@auth/core";
import Credentials from "@auth/core/providers/credentials";

const read = async (stream) => {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
};

const signIn = async ({ secrets, secure, claims, maxAge }) => {
  const origin = `${secure ? "https" : "http"}://school.opticrm.app`;
  const response = await Auth(
    new Request(`${origin}/auth/callback/credentials`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({}),
    }),
    {
      secret: secrets,
      trustHost: true,
      basePath: "/auth",
      skipCSRFCheck,
      session: { strategy: "jwt", ...(maxAge ? { maxAge } : {}) },
      providers: [Credentials({ authorize: () => ({ id: "u", name: "u", email: "u@x.in" }) })],
      callbacks: { jwt: () => claims },
      logger: { error: (error) => console.error(error), warn: () => {}, debug: () => {} },
    },
  );
  return response.headers
    .getSetCookie()
    .map((line) => line.split(";", 1)[0])
    .map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)])
    .filter(([name, value]) => name.includes("session-token") && value);
};

const wanted = JSON.parse(await read(process.stdin));
process.stdout.write(JSON.stringify(await Promise.all(wanted.map(signIn))));
