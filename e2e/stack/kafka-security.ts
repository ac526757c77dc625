import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Listeners that want to know who is there, and those who are let in. */
export type KafkaSecurity = {
  /** TLS with SASL (PLAIN and SCRAM-SHA-512). */
  readonly saslBroker: string;
  /** TLS alone. */
  readonly tlsBroker: string;
  /** File with the certificate that the broker's is to be checked with. */
  readonly caFile: string;
  readonly username: string;
  readonly password: string;
  readonly listeners: readonly string[];
  readonly protocols: readonly string[];
  readonly properties: Readonly<Record<string, string>>;
  readonly users: readonly string[];
};

const USERNAME = 'throughline';
const PASSWORD = 'not-a-secret';

/** Makes a key and a self-signed certificate for 127.0.0.1 in the directory. @param ports two of them. */
export function kafkaSecurity(directory: string, ports: readonly number[]): KafkaSecurity {
  const [saslBroker, tlsBroker] = [`127.0.0.1:${ports[0]}`, `127.0.0.1:${ports[1]}`];
  const caFile = join(directory, 'broker.crt');
  const keyFile = join(directory, 'broker.key');
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const made = ['-newkey', 'rsa:2048', '-nodes', '-keyout', keyFile, '-out', caFile, '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...made, ...subject], { stdio: 'ignore' });
  const store = join(directory, 'broker.pem');
  writeFileSync(store, readFileSync(keyFile, 'utf8') + readFileSync(caFile, 'utf8'));
  const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule';
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule';
  return {
    saslBroker,
    tlsBroker,
    caFile,
    username: USERNAME,
    password: PASSWORD,
    listeners: [`SASL://${saslBroker}`, `TLS://${tlsBroker}`],
    protocols: ['SASL:SASL_SSL', 'TLS:SSL'],
    properties: {
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': store,
      'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
      'listener.name.sasl.plain.sasl.jaas.config': `${plain} required user_${USERNAME}="${PASSWORD}";`,
      'listener.name.sasl.scram-sha-256.sasl.jaas.config': `${scram} required;`,
      'listener.name.sasl.scram-sha-512.sasl.jaas.config': `${scram} required;`,
    },
    users: ['SCRAM-SHA-256', 'SCRAM-SHA-512'].map(
      (mechanism) => `${mechanism}=[name=${USERNAME},password=${PASSWORD}]`,
    ),
  };
}
