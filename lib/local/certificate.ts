// Makes a self-signed certificate for an IPv4 address at run time, for tests and the benchmark. So there is no key in
// the repository, and no tool such as openssl has to be installed.
// https://www.rfc-editor.org/rfc/rfc5280#section-4.1
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

export interface Certificate {
  key: string;
  certificate: string;
}

const tag = { integer: 2, bitString: 3, octetString: 4, utf8: 12, utcTime: 23, sequence: 48, set: 49 };
const ecdsaWithSha256 = sequence(identifier("06082a8648ce3d040302"));
const hour = 3_600_000;

export function makeCertificate(address = "127.0.0.1"): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const commonName = sequence(identifier("0603550403"), encode(tag.utf8, Buffer.from("deltapipe")));
  const name = sequence(encode(tag.set, commonName));
  const toBeSigned = sequence(
    encode(0xa0, encode(tag.integer, Buffer.from([2]))),
    encode(tag.integer, Buffer.from([1, ...randomBytes(8)])),
    ecdsaWithSha256,
    name,
    sequence(time(Date.now() - hour), time(Date.now() + 24 * hour)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    // There is no extension that marks a certificate authority: Rust's TLS library rejects a server's certificate that has it.
    encode(0xa3, sequence(alternativeName(address))),
  );
  const signature = sign("sha256", toBeSigned, privateKey);
  const bytes = sequence(toBeSigned, ecdsaWithSha256, encode(tag.bitString, Buffer.from([0]), signature));
  const lines = bytes.toString("base64").replaceAll(/.{64}/g, "$&\n");
  return {
    key: String(privateKey.export({ type: "pkcs8", format: "pem" })),
    certificate: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  };
}

function alternativeName(address: string): Buffer {
  const name = encode(0x87, Buffer.from(address.split(".").map(Number)));
  return sequence(identifier("0603551d11"), encode(tag.octetString, sequence(name)));
}

function time(milliseconds: number): Buffer {
  const digits = new Date(milliseconds).toISOString().replaceAll(/\D/g, "").slice(2, 14);
  return encode(tag.utcTime, Buffer.from(`${digits}Z`));
}

/** An object identifier in its encoded form. */
function identifier(hexadecimal: string): Buffer {
  return Buffer.from(hexadecimal, "hex");
}

function sequence(...parts: Buffer[]): Buffer {
  return encode(tag.sequence, ...parts);
}

function encode(type: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([type, ...size]), content]);
}
