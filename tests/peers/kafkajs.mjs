// kafkajs as a shop and as a reader: `kafkajs.mjs FOLDER BROKERS put TOPIC FILE` writes the messages
// of a JSON file, packed with kafkajs' own gzip; `... read TOPIC N` prints the first N as JSON.
import {createRequire} from 'node:module';
import {readFileSync} from 'node:fs';

const [folder, brokers, task, topic, rest] = process.argv.slice(2);
const {CompressionTypes, Kafka, logLevel} = createRequire(`${folder}/`)('kafkajs');
const kafka = new Kafka({clientId: 'peer', brokers: brokers.split(','), logLevel: logLevel.ERROR});

async function put() {
    const producer = kafka.producer();
    await producer.connect();
    const messages = JSON.parse(readFileSync(rest, 'utf8'));
    await producer.send({topic, messages, acks: -1, compression: CompressionTypes.GZIP});
    await producer.disconnect();
}

async function read() {
    const found = [];
    const consumer = kafka.consumer({groupId: `reader-of-${topic}`});
    await consumer.connect();
    await consumer.subscribe({topic, fromBeginning: true});
    await new Promise((resolve, reject) => {
        consumer.run({
            eachMessage: async ({message}) => {
                found.push({key: message.key?.toString(), value: message.value?.toString()});
                if (found.length === Number(rest)) resolve();
            },
        }).catch(reject);
    });
    await consumer.disconnect();
    console.log(JSON.stringify(found));
}

await (task === 'put' ? put() : read());
