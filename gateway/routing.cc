#include "gateway/routing.h"

#include "connectors/crosswalk.h"
#include "connectors/fields.h"
#include "gateway/connections.h"
#include "gateway/csv.h"

#include <algorithm>
#include <charconv>
#include <map>

namespace returns::gateway {
namespace {

using workflows::RouteAnswer;
using workflows::RouteQuestion;
using workflows::RouteRule;

constexpr std::string_view kNobody = "none";
constexpr std::size_t kRowBytesMax = 64 << 10, kTableBytesMax = 64 << 20;

Json Text(std::string_view value) { return Json::String(std::string(value)); }

Error Wrong(const std::string& rule, const std::string& what) {
    return Invalid("reading settings: route '" + rule + "': " + what);
}

bool IsCountry(const std::string& text) {
    return text.empty() || (text.size() == 2 && std::all_of(text.begin(), text.end(), [](char c) {
                                return c >= 'A' && c <= 'Z';
                            }));
}

Result<RouteRule> RuleOf(const Settings& settings, const RouteSettings& from) {
    RouteRule rule;
    rule.name = from.name;
    rule.kind = from.kind;
    rule.mixed = from.mixed;
    rule.shop = from.shop;
    if (from.connection != kNobody) rule.connection = from.connection;
    for (const ConnectionSettings& each : settings.connections) {
        if (each.name == kNobody)
            return Wrong(from.name,
                         "'none' leads to nobody; give the connection 'none' another "
                         "name");
        if (each.name == rule.connection && rule.shop.empty()) rule.shop = each.shop;
    }
    std::vector<std::string> shops;
    for (const ShopSettings& shop : settings.shops) shops.push_back(shop.name);
    if (!rule.shop.empty() && std::find(shops.begin(), shops.end(), rule.shop) == shops.end())
        return Wrong(from.name, "'" + rule.shop + "' is not among the shops" +
                                    connectors::DidYouMean(rule.shop, shops));
    for (const std::string& country : from.country)
        if (!IsCountry(country))
            return Wrong(from.name, "country '" + country +
                                        "': expected two capitals of ISO 3166-1, such as DE");
    const auto want = [&](std::string_view fact, const std::vector<std::string>& values) {
        if (!values.empty()) rule.when.emplace(fact, values);
    };
    want("country", from.country);
    want("jurisdiction", from.jurisdiction);
    want("brand", from.brand);
    want("warehouse", from.warehouse);
    want("item_class", from.item_class);
    want("reason", from.reason);
    return rule;
}

Result<Json> ReadCsvTable(std::string_view text, bool numbers) {
    CsvReader reader(text, kRowBytesMax, BehindMark(text));
    std::map<std::string, std::int64_t> line_of;
    std::vector<Json::Member> members;
    CsvRow row;
    const auto at = [&] { return "line " + std::to_string(row.line) + ": "; };
    for (bool first = true;; first = false) {
        const Result<bool> more = reader.Next(row);
        if (!more.ok()) return Invalid(at() + more.error().text);
        if (!*more) break;
        if (first) {
            if (row.cells == std::vector<std::string>{"ours", "theirs"}) continue;
            return Invalid(at() + "the first row must be ours,theirs");
        }
        if (row.cells.size() != 2) return Invalid(at() + "expected two cells, ours and theirs");
        const auto [other, fresh] = line_of.emplace(row.cells[0], row.line);
        if (!fresh)
            return Invalid("'" + row.cells[0] + "' is mapped twice, in lines " +
                           std::to_string(other->second) + " and " + std::to_string(row.line));
        const std::string& theirs = row.cells[1];
        if (!numbers) {
            members.emplace_back(row.cells[0], Json::String(theirs));
            continue;
        }
        std::int64_t number = 0;
        const auto [end, error] =
            std::from_chars(theirs.data(), theirs.data() + theirs.size(), number);
        if (error != std::errc() || end != theirs.data() + theirs.size())
            return Invalid(at() + "'" + theirs + "' is not a whole number");
        members.emplace_back(row.cells[0], Json::Int(number));
    }
    return Json::Object(std::move(members));
}

Json TriesJson(const RouteAnswer& answer) {
    Json tries = Json::Array();
    for (const workflows::RouteTry& each : answer.tries) {
        Json json = Json::Object({{"rule", Text(each.rule)}});
        if (!each.line.empty()) json.Set("line", Text(each.line));
        json.Set("fits", Json::Bool(each.why.empty()));
        if (!each.why.empty()) json.Set("why_not", Text(each.why));
        tries.Append(std::move(json));
    }
    return tries;
}

// The codes of the goods for that connection, those without a translation with `theirs` null.
Json CodesJson(const Json& body, const std::string& name, Connections& connections) {
    Json codes = Json::Array();
    const Connection* connection = connections.Find(name);
    if (connection == nullptr) return codes;
    for (const connectors::Translation& each : connectors::TranslationsOf(
             connection->connector->manifest(), body, connection->settings.settings))
        codes.Append(Json::Object({{"table", Text(each.table)},
                                   {"kind", Text(each.kind)},
                                   {"code", Text(each.code)},
                                   {"theirs", each.theirs}}));
    return codes;
}

Json AnswerJson(const RouteAnswer& answer, const Json& body, Connections& connections) {
    Json json =
        Json::Object({{"connection", Text(answer.connection)}, {"rule", Text(answer.rule)}});
    if (!answer.why.empty()) json.Set("why", Text(answer.why));
    json.Set("tries", TriesJson(answer));
    json.Set("codes", CodesJson(body, answer.connection, connections));
    return json;
}

Json BodyOf(const Case& subject, const RouteQuestion& question) {
    Json lines = Json::Array();
    for (const workflows::RouteLine& asked : question.lines)
        for (const OrderLine& line : subject.lines)
            if (line.id == asked.id)
                lines.Append(Json::Object({{"sku", Text(line.sku)},
                                           {"warehouse", Text(line.warehouse)},
                                           {"item_class", Text(line.item_class)},
                                           {"reason", Text(asked.facts.at("reason"))}}));
    return Json::Object({{"lines", std::move(lines)}});
}

Json OneOf(const Case& subject, const Return* header, const workflows::Rulebook& book,
           Connections& connections) {
    const std::string return_id = header == nullptr ? "" : header->id;
    const RouteQuestion question = workflows::QuestionOf(subject, return_id, "logistics");
    RouteAnswer answer = workflows::Route(book, question);
    // A return keeps its partner, whatever the rules say by now.
    const bool pinned = header != nullptr && header->unrouted.empty();
    const std::string now = answer.routed ? answer.connection : "";
    if (pinned) {
        answer.connection = header->connection;
        answer.rule = header->route;
        answer.why.clear();
    }
    Json json = AnswerJson(answer, BodyOf(subject, question), connections);
    json.Set("return_id", Text(return_id));
    json.Set("pinned", Json::Bool(pinned));
    if (pinned && now != header->connection) json.Set("would_go_now", Text(now));
    return json;
}

std::string LineText(const Json& tried) {
    return tried["line"].AsString().empty() ? "" : "line " + tried["line"].AsString() + ", ";
}

void AppendOne(const Json& one, Explained& out) {
    const std::string& id = one["return_id"].AsString();
    const std::string& to = one["connection"].AsString();
    const std::string& rule = one["rule"].AsString();
    const std::string& why = one["why"].AsString();
    out.text += (id.empty() ? "whole order" : "return " + id) + "\n";
    for (const Json& tried : one["tries"].Items())
        out.text += std::string(tried["fits"].AsBool() ? "  fits      " : "  fits not  ") +
                    LineText(tried) + "route " + tried["rule"].AsString() +
                    (tried["fits"].AsBool() ? "" : ": " + tried["why_not"].AsString()) + "\n";
    if (!why.empty()) {
        out.complete = false;
        out.text += "  missing   " + why + "\n";
    } else {
        out.text += "  goes to   " + (to.empty() ? "nobody" : to) +
                    (rule.empty() ? ", the shop's first" : ", by route " + rule) +
                    (one["pinned"].AsBool() ? "; it keeps that partner" : "") + "\n";
    }
    if (const Json* now = one.Find("would_go_now"))
        out.text += "  note      asked for today it would go to " +
                    (now->AsString().empty() ? "nobody" : now->AsString()) + "\n";
    for (const Json& code : one["codes"].Items()) {
        const Json& theirs = code["theirs"];
        const std::string what = code["kind"].AsString() + " '" + code["code"].AsString() + "'";
        if (theirs.IsNull()) {
            out.complete = false;
            out.text += "  missing   " + what + " in table '" + code["table"].AsString() +
                        "' of connection " + to + "\n";
        } else {
            out.text += "  code      " + what + " is " +
                        (theirs.IsNumber() ? theirs.Literal() : "'" + theirs.AsString() + "'") +
                        " (table " + code["table"].AsString() + ")\n";
        }
    }
}

}  // namespace

Result<std::vector<RouteRule>> RoutesOf(
    const Settings& settings, const std::vector<workflows::ConnectionFacts>& connections) {
    workflows::Rulebook book;
    book.connections = connections;
    for (const RouteSettings& each : settings.routes) {
        ASSIGN_OR_RETURN(RouteRule rule, RuleOf(settings, each));
        book.routes.push_back(std::move(rule));
    }
    RETURN_IF_ERROR(workflows::CheckRoutes(book));
    return book.routes;
}

Result<Json> ReadCodeTable(std::string_view text, bool numbers) {
    const std::size_t begin = text.find_first_not_of(" \t\r\n", BehindMark(text));
    if (begin == text.npos || text[begin] != '{') return ReadCsvTable(text, numbers);
    return ParseJson(text.substr(begin), {.bytes_max = kTableBytesMax});
}

Json ExplainRoutes(const Case& subject, const workflows::Rulebook& book, Connections& connections) {
    Json all = Json::Array();
    if (subject.returns.empty()) all.Append(OneOf(subject, nullptr, book, connections));
    for (const Return& header : subject.returns)
        all.Append(OneOf(subject, &header, book, connections));
    return all;
}

Result<Json> ExplainRoute(const Json& order, const workflows::Rulebook& book,
                          Connections& connections) {
    connectors::Fields fields(order, "reading the order");
    RouteQuestion question;
    question.kind = "logistics";
    question.shop = fields.Text("shop", "main");
    question.order = {{"country", fields.Text("country")},
                      {"jurisdiction", fields.Text("jurisdiction")}};
    const std::string reason = fields.Text("reason");
    const Json& lines = fields.Any("lines");
    RETURN_IF_ERROR(fields.Done());
    Json told = Json::Array();
    for (const Json& line : lines.Items()) {
        connectors::Fields of(
            line, "reading the order: lines[" + std::to_string(question.lines.size()) + "]");
        workflows::RouteLine asked;
        asked.id = of.Text("id", std::to_string(question.lines.size() + 1));
        for (const std::string_view fact : workflows::kLineFacts)
            asked.facts.emplace(fact, of.Text(fact, fact == "reason" ? reason : ""));
        const std::string sku = of.Text("sku");
        RETURN_IF_ERROR(of.Done());
        told.Append(Json::Object({{"sku", Text(sku)},
                                  {"warehouse", Text(asked.facts.at("warehouse"))},
                                  {"item_class", Text(asked.facts.at("item_class"))},
                                  {"reason", Text(asked.facts.at("reason"))}}));
        question.lines.push_back(std::move(asked));
    }
    if (question.lines.empty()) return Invalid("reading the order: 'lines' is missing");
    const Json body = Json::Object({{"lines", std::move(told)}});
    return Json::Array({AnswerJson(workflows::Route(book, question), body, connections)});
}

Explained RouteText(const Json& explained) {
    Explained out;
    for (const Json& one : explained.Items()) AppendOne(one, out);
    return out;
}

}  // namespace returns::gateway
