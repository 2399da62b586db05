// Any file is read as settings within their bounds, or refused with one line.
#include "gateway/settings.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace returns::gateway;
    SettingsSources sources;
    sources.environment = {{"SECRET", std::string(32, 's')}, {"KEY", "sk_1"}};
    sources.read_file = [](const std::string&) -> returns::Result<std::string> {
        return returns::Invalid("there are no files here");
    };
    const auto settings = ReadSettings(returns::Text(bytes, size), sources);
    if (!settings.ok()) {
        CHECK(!settings.error().text.empty());
        CHECK(settings.error().text.find('\n') == std::string::npos);
        return 0;
    }
    CHECK(settings->listen.port >= 0 && settings->listen.port <= 65'535);
    CHECK(settings->deployment_secret.size() >= 32);
    CHECK(!settings->shops.empty());
    for (const ConnectionSettings& connection : settings->connections) {
        CHECK(!connection.name.empty());
        CHECK(connection.call_cap_minor >= 0 && connection.daily_cap_minor >= 0);
    }
    return 0;
}
