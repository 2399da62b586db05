// Says what Node's test runner found the way GoogleTest does, for the logs of deploy/test.
export default async function* reporter(events) {
    let passed = 0, skipped = 0;
    const failed = [];
    for await (const {type, data} of events) {
        if (type === 'test:stdout' || type === 'test:stderr') yield data.message;
        if (type !== 'test:pass' && type !== 'test:fail') continue;
        const line = `${data.name} (${Math.round(data.details?.duration_ms ?? 0)} ms)`;
        yield `0: [ RUN      ] ${data.name}\n`;
        if (type === 'test:fail') {
            failed.push(data.name);
            const error = data.details.error.cause ?? data.details.error;
            for (const one of String(error.stack ?? error).split('\n')) yield `0: ${one}\n`;
            yield `0: [  FAILED  ] ${line}\n`;
        } else {
            if (data.skip) ++skipped; else ++passed;
            yield `0: [       OK ] ${line}\n`;
        }
    }
    yield `0: [  PASSED  ] ${passed} tests.\n`;
    if (skipped) yield `0: [  SKIPPED ] ${skipped} tests, listed below:\n`;
    if (failed.length) {
        yield `0: [  FAILED  ] ${failed.length} tests, listed below:\n`;
        for (const name of failed) yield `0: [  FAILED  ] ${name}\n`;
    }
}
