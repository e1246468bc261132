/** What is wrong with PEM text, before a connection needs it. The words never repeat any of the text. */
import { createPrivateKey, X509Certificate } from "node:crypto"

const CERTIFICATES = /-----BEGIN ((?:TRUSTED |X509 )?CERTIFICATE)-----[\s\S]*?-----END \1-----/g

const parses = (run: () => unknown): boolean => {
  try {
    run()
    return true
  } catch {
    return false // OpenSSL's reason may repeat text of a key
  }
}

/** `undefined`, or why these are no certificates. OpenSSL passes over an authority that it cannot read, so each one is parsed here. */
export const problemOfCertificates = (pem: string): string | undefined => {
  const found = pem.match(CERTIFICATES) ?? []
  if (found.length === 0) return "it holds no certificate"
  const damaged = found.findIndex((one) => !parses(() => new X509Certificate(one)))
  return damaged < 0 ? undefined : `certificate ${damaged + 1} of ${found.length} in it is damaged`
}

/** `undefined`, or why this is no key that the worker can use. */
export const problemOfKey = (pem: string): string | undefined => {
  if (/ENCRYPTED/.test(pem)) return "the key has a passphrase: store it without one"
  return parses(() => createPrivateKey(pem)) ? undefined : "it holds no private key, or a damaged one"
}

/** Whether the first certificate is for this key. Both are known to parse. */
export const isPair = (certificate: string, key: string): boolean =>
  new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))
