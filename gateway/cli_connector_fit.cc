// backhaul connector fit: reads the papers named.
#include "gateway/cli_connector.h"
#include "gateway/cli_words.h"
#include "gateway/connector_fit.h"
#include "gateway/definitions.h"
#include "gateway/folders.h"

#include <cstdio>

namespace returns::gateway {
namespace {

using Arguments = std::vector<std::string>;

// Descriptions of whole platforms are large and deep.
constexpr JsonLimits kPaperLimits{64 << 20, 200};

// One document, or one a line.
Status AddPapers(const std::string& file, std::vector<FitPaper>& papers) {
    ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(file));
    auto whole = ParseJson(text, kPaperLimits);
    if (whole.ok()) {
        papers.push_back({file, std::move(*whole)});
        return {};
    }
    const std::size_t before = papers.size();
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        auto line = ParseJson(std::string_view(text).substr(at, end - at), kPaperLimits);
        if (line.ok()) papers.push_back({file, std::move(*line)});
        at = end + 1;
    }
    if (papers.size() > before) return {};
    return Invalid("reading " + file + ": " + whole.error().text +
                   "; it must be JSON. YAML becomes JSON with Debian's python3-yaml: python3 -c "
                   "'import json,sys,yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout, "
                   "default=str)' < api.yaml > api.json");
}

}  // namespace

int RunConnectorFit(const Arguments& arguments) {
    std::vector<std::string> files = arguments;
    const bool json = std::erase(files, "--json") > 0;
    if (files.empty() || files[0].starts_with("--"))
        return Complain("connector fit takes files; see 'backhaul connector --help'", kBadUsage);
    std::vector<FitPaper> papers;
    for (const std::string& file : files) {
        const Status added = AddPapers(file, papers);
        if (!added.ok()) return Complain(added.error().text, kBadUsage);
    }
    const auto texts = ReadDefinitionFiles(ShareFolder() + "/workflows");
    if (!texts.ok()) return Complain(texts.error().text, kFailed);
    const auto definitions = Definitions::Load(*texts, "en");
    if (!definitions.ok()) return Complain(definitions.error().text, kFailed);
    const Fit fit = FitOf(papers);
    const workflows::Rulebook& book = (*definitions)->book();
    const std::string out =
        json ? WriteJsonPretty(FitJson(fit, book)) + "\n" : FormatFit(fit, book);
    std::fwrite(out.data(), 1, out.size(), stdout);
    return kGood;
}

}  // namespace returns::gateway
