#include "gateway/certify_report.h"

#include "gateway/pages_render.h"

#include <algorithm>

namespace returns::gateway::certify {
namespace {

using Result = Judgement::Result;

constexpr std::size_t kShownMax = 6;  // pieces of evidence on the page; the JSON has all

Json Text(std::string value) { return Json::String(std::move(value)); }

std::string_view WordOf(Weight weight) {
    switch (weight) {
        case Weight::kNuisance:
            return "a nuisance";
        case Weight::kLate:
            return "time";
        case Weight::kMoney:
            break;
    }
    return "money";
}

std::string Counted(int count, const char* one, const char* many) {
    return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string Summary(const Tally& tally) {
    if (tally.passed + tally.failed == 0) return std::to_string(tally.not_tested) + " not tested";
    std::string text =
        std::to_string(tally.passed) + " passed, " + std::to_string(tally.failed) + " failed";
    if (tally.not_tested > 0) text += ", " + std::to_string(tally.not_tested) + " not tested";
    return text;
}

std::string Readable(Instant at) {
    std::string text = FormatInstant(at).substr(0, 16);
    std::replace(text.begin(), text.end(), 'T', ' ');
    return text + " UTC";
}

Json EvidenceJson(const Evidence& evidence) {
    return Json::Object({{"kind", Text(evidence.kind)},
                         {"at", Text(FormatInstant(evidence.at))},
                         {"text", Text(evidence.text)}});
}

Json CaseJson(const CaseResult& each) {
    Json evidence = Json::Array();
    for (const Evidence& piece : each.evidence) evidence.Append(EvidenceJson(piece));
    Json json = Json::Object({{"name", Text(each.row->name)},
                              {"area", Text(each.row->area)},
                              {"result", Text(std::string(WordOf(each.judgement.result)))},
                              {"finding", Text(each.judgement.finding)},
                              {"proves", Text(each.row->proves)},
                              {"cost", Text(each.row->cost)},
                              {"costs", Text(std::string(WordOf(each.row->weight)))}});
    json.Set("evidence", std::move(evidence));
    return json;
}

Json TallyJson(const Tally& tally) {
    return Json::Object({{"grade", Text(tally.grade)},
                         {"passed", Json::Int(tally.passed)},
                         {"failed", Json::Int(tally.failed)},
                         {"not_tested", Json::Int(tally.not_tested)}});
}

std::string ChipOf(Weight weight) {
    const std::string word(WordOf(weight));
    return weight == Weight::kNuisance ? word
                                       : (weight == Weight::kLate ? "costs " : "can cost ") + word;
}

// What one case shows on the page. A template's sections see the members around them: each level
// has names of its own.
Json Shown(const CaseResult& each, bool with_evidence) {
    const Result result = each.judgement.result;
    Json json = Json::Object({{"name", Text(each.row->name)},
                              {"proves", Text(each.row->proves)},
                              {"finding", Text(each.judgement.finding)},
                              {"cost", Text(each.row->cost)},
                              {"costs", Text(ChipOf(each.row->weight))},
                              {"word", Text(std::string(WordOf(result)))},
                              {"case_good", Json::Bool(result == Result::kPassed)},
                              {"case_bad", Json::Bool(result == Result::kFailed)}});
    if (!with_evidence) return json;
    Json evidence = Json::Array();
    const std::size_t skipped =
        each.evidence.size() > kShownMax ? each.evidence.size() - kShownMax : 0;
    for (std::size_t at = skipped; at < each.evidence.size(); ++at) {
        const Evidence& piece = each.evidence[at];
        evidence.Append(Json::Object({{"kind", Text(piece.kind)},
                                      {"at", Text(FormatInstant(piece.at).substr(11, 12))},
                                      {"text", Text(piece.text)}}));
    }
    json.Set("evidence", std::move(evidence));
    return json;
}

std::string Verdict(const Report& report) {
    const Tally all = TallyOf(report, "");
    if (all.failed > 0) return Counted(all.failed, "case failed", "cases failed");
    if (all.passed == 0) return "Nothing was tested";
    if (all.not_tested == 0) return "Every case passed";
    return "Nothing failed, but " + Counted(all.not_tested, "case was", "cases were") +
           " not tested";
}

}  // namespace

std::string_view WordOf(Result result) {
    constexpr std::string_view kWords[] = {"passed", "failed", "not tested"};
    return kWords[static_cast<std::size_t>(result)];
}

Tally TallyOf(const Report& report, std::string_view area) {
    Tally tally;
    int worst = 0;
    for (const CaseResult& each : report.cases) {
        if (!area.empty() && area != each.row->area) continue;
        switch (each.judgement.result) {
            case Result::kPassed:
                ++tally.passed;
                break;
            case Result::kFailed:
                ++tally.failed;
                worst = std::max(worst, static_cast<int>(each.row->weight));
                break;
            case Result::kNotTested:
                ++tally.not_tested;
                break;
        }
    }
    if (tally.passed + tally.failed > 0)
        tally.grade = std::string(1, static_cast<char>('A' + worst));
    return tally;
}

bool IsPassed(const Report& report) {
    const Tally all = TallyOf(report, "");
    return all.failed == 0 && all.passed > 0;
}

Json ReportJson(const Report& report) {
    Json areas = Json::Array();
    for (const Area& area : kAreas) {
        Json json = TallyJson(TallyOf(report, area.name));
        json.Set("area", Text(area.name));
        json.Set("title", Text(area.title));
        areas.Append(std::move(json));
    }
    Json cases = Json::Array();
    for (const CaseResult& each : report.cases) cases.Append(CaseJson(each));
    Json json = Json::Object({{"format", Text("backhaul-certify/1")},
                              {"program", Text("backhaul " BACKHAUL_VERSION)},
                              {"connector", Text(report.connector)},
                              {"connector_hash", Text(report.connector_hash)},
                              {"title", Text(report.title)},
                              {"candidate", Text(report.candidate)},
                              {"started_at", Text(FormatInstant(report.started_at))},
                              {"finished_at", Text(FormatInstant(report.finished_at))},
                              {"passed", Json::Bool(IsPassed(report))}});
    json.Set("all", TallyJson(TallyOf(report, "")));
    json.Set("areas", std::move(areas));
    json.Set("cases", std::move(cases));
    return json;
}

std::string ReportPage(const Report& report) {
    const Tally all = TallyOf(report, "");
    Json areas = Json::Array();
    for (const Area& area : kAreas) {
        const Tally tally = TallyOf(report, area.name);
        Json cases = Json::Array();
        for (const CaseResult& each : report.cases)
            if (each.row->area == std::string_view(area.name)) cases.Append(Shown(each, false));
        if (cases.Items().empty()) continue;
        areas.Append(Json::Object(
            {{"title", Text(area.title)},
             {"grade", Text(tally.grade == "-" ? "Not tested" : "Grade " + tally.grade)},
             {"area_good", Json::Bool(tally.grade == "A")},
             {"area_bad", Json::Bool(tally.failed > 0)},
             {"summary", Text(Summary(tally))},
             {"cases", std::move(cases)}}));
    }
    Json failures = Json::Array();
    for (const CaseResult& each : report.cases)
        if (each.judgement.result == Result::kFailed) failures.Append(Shown(each, true));
    Json model =
        Json::Object({{"connector", Text(report.connector)},
                      {"title", Text(report.title)},
                      {"hash", Text(report.connector_hash.substr(0, 12))},
                      {"candidate", Text(report.candidate)},
                      {"at", Text(Readable(report.started_at))},
                      {"at_iso", Text(FormatInstant(report.started_at))},
                      {"version", Text(BACKHAUL_VERSION)},
                      {"verdict", Text(Verdict(report))},
                      {"grade", Text(all.grade == "-" ? "No grade" : "Grade " + all.grade)},
                      {"summary", Text(Summary(all))},
                      {"all_good", Json::Bool(IsPassed(report))},
                      {"all_bad", Json::Bool(!IsPassed(report))}});
    model.Set("some_failed", Json::Bool(all.failed > 0));
    model.Set("areas", std::move(areas));
    model.Set("failures", std::move(failures));
    return RenderSheet("certify", model);
}

std::string ReportText(const Report& report) {
    std::string text = "\n";
    for (const Area& area : kAreas) {
        const Tally tally = TallyOf(report, area.name);
        if (tally.passed + tally.failed + tally.not_tested == 0) continue;
        std::string title = area.title;
        title.resize(28, ' ');
        text += tally.grade + "  " + title + Summary(tally) + "\n";
    }
    const Tally all = TallyOf(report, "");
    return text + "\n" + Verdict(report) + ": grade " + all.grade + " (" + Summary(all) + ")\n";
}

}  // namespace returns::gateway::certify
