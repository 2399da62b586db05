#include "workflows/routes.h"

#include "workflows/strict.h"

#include <algorithm>
#include <set>

namespace returns::workflows {
namespace {

const std::string& FactIn(const RouteFacts& facts, std::string_view name) {
    static const std::string none;
    const auto found = facts.find(name);
    return found == facts.end() ? none : found->second;
}

std::string Joined(const std::vector<std::string>& values, std::string_view between) {
    std::string text;
    for (const std::string& value : values)
        text += (text.empty() ? "" : std::string(between)) + value;
    return text;
}

bool Holds(const std::vector<std::string>& values, const std::string& value) {
    return std::find(values.begin(), values.end(), value) != values.end();
}

// Why the rule does not fit the line; "" when it does.
std::string WhyNot(const RouteRule& rule, const RouteQuestion& question, const RouteLine& line) {
    for (const auto& [name, accepted] : rule.when) {
        const std::string& of_line = FactIn(line.facts, name);
        const std::string& told = of_line.empty() ? FactIn(question.order, name) : of_line;
        if (Holds(accepted, told)) continue;
        return name + (told.empty() ? " is not told" : " is " + told) + ", the rule wants " +
               Joined(accepted, " or ");
    }
    return "";
}

bool Concerns(const RouteRule& rule, const RouteQuestion& question) {
    return rule.kind == question.kind && (rule.shop.empty() || rule.shop == question.shop);
}

std::string Who(const std::string& connection) {
    return connection.empty() ? "nobody" : connection;
}

// The condition of a rule that would fit the line: "country": ["FR"], "brand": ["X"].
std::string Conditions(const RouteQuestion& question, const RouteLine& line) {
    std::string text;
    const auto add = [&](const RouteFacts& facts) {
        for (const auto& [name, value] : facts) {
            if (value.empty()) continue;
            text += (text.empty() ? "\"" : ", \"") + name + "\": [\"" + value + "\"]";
        }
    };
    add(question.order);
    add(line.facts);
    return text;
}

std::string NoRule(const RouteQuestion& question, const RouteLine& line) {
    const std::string conditions = Conditions(question, line);
    return "no route of kind " + question.kind + " fits" +
           (line.id.empty() ? "" : " line " + line.id) +
           (conditions.empty() ? ", of which nothing is told" : " (" + conditions + ")") +
           "; add a rule to 'routes' that does, or one without conditions at the end";
}

// A return whose lines lead to different partners, for those who have to cut it up.
std::string Mixed(const RouteQuestion& question, const std::vector<const RouteRule*>& chosen) {
    std::string text = "its lines lead to different partners:";
    for (std::size_t at = 0; at < chosen.size(); ++at)
        text += (at == 0 ? " " : ", ") + std::string("line ") + question.lines[at].id + " to " +
                Who(chosen[at]->connection) + " (route " + chosen[at]->name + ")";
    return text +
           "; ask for one return per partner, or add a rule with \"mixed\": true to 'routes'";
}

RouteAnswer& Chosen(RouteAnswer& answer, const RouteRule& rule) {
    answer.routed = true;
    answer.rule = rule.name;
    answer.connection = rule.connection;
    return answer;
}

class Asking {
public:
    Asking(const Rulebook& book, const RouteQuestion& question)
        : book_(book), question_(question), lines_(question.lines) {
        if (lines_.empty()) lines_.emplace_back();
    }

    RouteAnswer Answer() {
        if (NoRuleSpeaks()) {
            const ConnectionFacts* first = book_.First(question_.kind, question_.shop);
            answer_.routed = true;
            if (first != nullptr) answer_.connection = first->name;
            return answer_;
        }
        std::vector<const RouteRule*> chosen;
        for (const RouteLine& line : lines_) {
            chosen.push_back(FirstFor(line));
            if (chosen.back() != nullptr) continue;
            answer_.why = NoRule(question_, line);
            return answer_;
        }
        const bool one = std::all_of(chosen.begin(), chosen.end(), [&](const RouteRule* rule) {
            return rule->connection == chosen.front()->connection;
        });
        if (one) return Chosen(answer_, *chosen.front());
        for (const RouteRule& rule : book_.routes)
            if (Concerns(rule, question_) && rule.mixed && FitsAll(rule))
                return Chosen(answer_, rule);
        answer_.why = Mixed(question_, chosen);
        return answer_;
    }

private:
    bool NoRuleSpeaks() const {
        return std::none_of(book_.routes.begin(), book_.routes.end(),
                            [&](const RouteRule& rule) { return Concerns(rule, question_); });
    }

    bool Fits(const RouteRule& rule, const RouteLine& line) {
        answer_.tries.push_back({rule.name, line.id, WhyNot(rule, question_, line)});
        return answer_.tries.back().why.empty();
    }

    const RouteRule* FirstFor(const RouteLine& line) {
        for (const RouteRule& rule : book_.routes)
            if (Concerns(rule, question_) && !rule.mixed && Fits(rule, line)) return &rule;
        return nullptr;
    }

    bool FitsAll(const RouteRule& rule) {
        return std::all_of(lines_.begin(), lines_.end(),
                           [&](const RouteLine& line) { return Fits(rule, line); });
    }

    const Rulebook& book_;
    const RouteQuestion& question_;
    std::vector<RouteLine> lines_;
    RouteAnswer answer_;
};

Error Wrong(const RouteRule& rule, const std::string& what) {
    return Invalid("reading settings: route '" + rule.name + "': " + what);
}

// Whether everything the later rule fits has been taken by the earlier one.
bool Covers(const RouteRule& earlier, const RouteRule& later) {
    if (earlier.kind != later.kind || earlier.mixed != later.mixed) return false;
    if (!earlier.shop.empty() && earlier.shop != later.shop) return false;
    return std::all_of(earlier.when.begin(), earlier.when.end(), [&](const auto& condition) {
        const auto same = later.when.find(condition.first);
        return same != later.when.end() &&
               std::all_of(same->second.begin(), same->second.end(), [&](const std::string& value) {
                   return Holds(condition.second, value);
               });
    });
}

Status CheckConnection(const Rulebook& book, const RouteRule& rule) {
    if (rule.connection.empty()) return {};
    const ConnectionFacts* connection = book.Find(rule.connection);
    std::vector<std::string_view> known;
    for (const ConnectionFacts& each : book.connections)
        if (each.kind == rule.kind) known.push_back(each.name);
    if (connection == nullptr)
        return Wrong(rule, "no connection is called '" + rule.connection + "'" +
                               DidYouMean(rule.connection, known));
    if (connection->kind != rule.kind)
        return Wrong(rule, "connection '" + rule.connection + "' is of kind " + connection->kind +
                               ", the route is of kind " + rule.kind);
    if (!connection->shop.empty() && connection->shop != rule.shop)
        return Wrong(rule, "connection '" + rule.connection + "' works for shop '" +
                               connection->shop + "', not for '" + rule.shop + "'");
    return {};
}

// A desk is asked about an order before anything of its lines is known, and must always be found.
Status CheckDesk(const Rulebook& book, const RouteRule& rule) {
    if (rule.kind != "desk") return {};
    if (rule.mixed) return Wrong(rule, "only returns are mixed, not tickets");
    for (const std::string_view fact : kLineFacts)
        if (rule.when.contains(fact))
            return Wrong(rule, "tickets are routed by country and jurisdiction, not by " +
                                   std::string(fact));
    for (const RouteRule& other : book.routes)
        if (other.kind == "desk" && other.when.empty() &&
            (other.shop.empty() || other.shop == rule.shop))
            return {};
    return Wrong(rule, "tickets need a last rule of kind desk without conditions, for shop '" +
                           rule.shop + "'");
}

}  // namespace

RouteAnswer Route(const Rulebook& book, const RouteQuestion& question) {
    return Asking(book, question).Answer();
}

Status CheckRoutes(const Rulebook& book) {
    for (std::size_t at = 0; at < book.routes.size(); ++at) {
        const RouteRule& rule = book.routes[at];
        RETURN_IF_ERROR(CheckConnection(book, rule));
        RETURN_IF_ERROR(CheckDesk(book, rule));
        for (std::size_t before = 0; before < at; ++before)
            if (Covers(book.routes[before], rule))
                return Wrong(rule, "it is never reached, route '" + book.routes[before].name +
                                       "' before it takes all that fits it");
    }
    return {};
}

RouteQuestion QuestionOf(const Case& subject, const std::string& return_id, std::string_view kind) {
    RouteQuestion question;
    question.kind = kind;
    question.shop = subject.key.shop;
    question.order = {{"country", subject.country}, {"jurisdiction", subject.jurisdiction}};
    if (kind == "desk") return question;
    const auto add = [&](const OrderLine& line, const std::string& reason) {
        question.lines.push_back({line.id,
                                  {{"brand", line.brand},
                                   {"warehouse", line.warehouse},
                                   {"item_class", line.item_class},
                                   {"reason", reason}}});
    };
    std::set<std::pair<std::string, std::string>> asked;
    for (const OrderLine& line : subject.lines) {
        if (return_id.empty()) add(line, "");
        for (const Slice& slice : subject.slices)
            if (!return_id.empty() && slice.return_id == return_id && slice.line_id == line.id &&
                asked.emplace(line.id, slice.reason).second)
                add(line, slice.reason);
    }
    return question;
}

}  // namespace returns::workflows
