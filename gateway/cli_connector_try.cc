// backhaul connector try: reads the files named, and runs the trial apart.
#include "gateway/apart.h"
#include "gateway/cli_connector.h"
#include "gateway/cli_words.h"
#include "gateway/connector_try.h"
#include "gateway/definitions.h"
#include "gateway/folders.h"
#include "gateway/system_clock.h"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <sstream>

namespace returns::gateway {
namespace {

using Arguments = std::vector<std::string>;

std::string Trimmed(std::string text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == text.npos) return "";
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

Result<std::string> SecretOf(const std::string& given) {
    if (given.starts_with("env:")) {
        const char* value = std::getenv(given.c_str() + 4);
        if (value == nullptr) return Invalid("--secret: the environment has no " + given.substr(4));
        return std::string(value);
    }
    if (!given.starts_with("file:")) return given;
    ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(given.substr(5)));
    return Trimmed(text);
}

// Lines "Name: value", as browsers and curl show them; others are passed over.
connectors::HttpHeaders HeadersOf(const std::string& text) {
    connectors::HttpHeaders headers;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const std::size_t colon = line.find(':');
        if (colon == std::string::npos || colon == 0) continue;
        headers.emplace_back(Trimmed(line.substr(0, colon)), Trimmed(line.substr(colon + 1)));
    }
    return headers;
}

Result<Json> JsonOf(const std::string& path) {
    ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path));
    auto json = ParseJson(text);
    if (!json.ok()) return Invalid("reading " + path + ": " + json.error().text);
    return json;
}

struct Wish {
    TryAsk ask;
    std::string folder;
    bool json = false;
};

Result<Wish> ReadWish(const Arguments& arguments) {
    Wish wish;
    std::map<std::string, std::string> given;
    for (std::size_t at = 0; at < arguments.size(); ++at) {
        const std::string& word = arguments[at];
        if (word == "--json") {
            wish.json = true;
        } else if (word.starts_with("--")) {
            constexpr const char* kKnown[] = {"--callback",      "--headers", "--secret",
                                              "--settings-json", "--case",    "--now"};
            if (std::find(std::begin(kKnown), std::end(kKnown), word) == std::end(kKnown))
                return Invalid("connector try knows no " + word);
            if (at + 1 == arguments.size()) return Invalid(word + " needs a value");
            given[word] = arguments[++at];
        } else if (wish.folder.empty()) {
            wish.folder = word;
        } else {
            return Invalid("connector try takes one DIR, not '" + word + "' as well");
        }
    }
    if (wish.folder.empty()) return Invalid("connector try needs a DIR");
    if (!given.contains("--callback")) return Invalid("connector try needs --callback FILE");
    ASSIGN_OR_RETURN(wish.ask.body, ReadWholeFile(given["--callback"]));
    if (given.contains("--headers")) {
        ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(given["--headers"]));
        wish.ask.headers = HeadersOf(text);
    }
    if (given.contains("--secret")) {
        ASSIGN_OR_RETURN(wish.ask.secret, SecretOf(given["--secret"]));
    }
    if (given.contains("--settings-json")) {
        ASSIGN_OR_RETURN(wish.ask.settings, JsonOf(given["--settings-json"]));
    }
    if (given.contains("--case")) {
        ASSIGN_OR_RETURN(wish.ask.events, JsonOf(given["--case"]));
    }
    wish.ask.now = SystemClock::Wall();
    if (given.contains("--now")) {
        ASSIGN_OR_RETURN(wish.ask.now, ParseInstant(given["--now"]));
    }
    return wish;
}

}  // namespace

int RunConnectorTry(const Arguments& arguments) {
    auto wish = ReadWish(arguments);
    if (!wish.ok())
        return Complain(wish.error().text + "; see 'backhaul connector --help'", kBadUsage);
    auto files = ReadConnectorFolder(wish->folder);
    if (!files.ok()) return Complain(files.error().text, kFailed);
    wish->ask.files = std::move(*files);
    const auto texts = ReadDefinitionFiles(ShareFolder() + "/workflows");
    if (!texts.ok()) return Complain(texts.error().text, kFailed);
    const auto definitions = Definitions::Load(*texts, "en");
    if (!definitions.ok()) return Complain(definitions.error().text, kFailed);
    ForgetSurroundings();
    workflows::Rulebook& book = (*definitions)->book();
    book.mint_key = [](const CaseKey& key, std::int64_t command) {
        return key.order_id + "-" + std::to_string(command);
    };
    const auto end = RunApart([&](const std::function<void(const std::string&)>& at) {
        at("the callback");
        const auto report = TryCallback(wish->ask, book);
        if (!report.ok()) return std::pair(kBadUsage, report.error().text);
        return std::pair(
            report->good() ? kGood : kFailed,
            wish->json ? WriteJsonPretty(TryJson(*report)) + "\n" : FormatTry(*report));
    });
    if (!end.ok()) return Complain(end.error().text, kFailed);
    if (!end->halted.empty())
        return Complain("trying " + wish->folder + ": stopped: " + end->halted, kFailed);
    if (end->code == kBadUsage) return Complain(end->text, kBadUsage);
    Print(end->text);
    return end->code;
}

}  // namespace returns::gateway
