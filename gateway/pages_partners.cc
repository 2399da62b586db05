// GET /partners: connectors/logistics/standard/README.md as a page, so that there is one text. It
// is written in the little of Markdown that is read here: headings, paragraphs, lists, tables,
// fences and `literals`.
#include "gateway/pages_core.h"
#include "gateway/web_files.h"

#include <algorithm>

namespace returns::gateway {
namespace {

constexpr std::string_view kExample = "https://gateway.example";
constexpr std::string_view kFence = "```";

std::string_view TakeLine(std::string_view& text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

// "with `curl`, say" as words and literals in turn.
Json Spans(std::string_view text) {
    Json spans = Json::Array();
    for (bool literal = false;; literal = !literal) {
        const std::size_t end = std::min(text.find('`'), text.size());
        if (end > 0)
            spans.Append(Json::Object(
                {{literal ? "literal" : "words", Json::String(std::string(text.substr(0, end)))}}));
        if (end == text.size()) return spans;
        text.remove_prefix(end + 1);
    }
}

Json WithSpans(std::string_view text) { return Json::Object({{"span", Spans(text)}}); }

// "| a | b |"
Json Cells(std::string_view line) {
    Json cells = Json::Array();
    line.remove_prefix(1);
    while (!line.empty()) {
        const std::size_t end = std::min(line.find('|'), line.size());
        std::string_view cell = line.substr(0, end);
        while (cell.starts_with(' ')) cell.remove_prefix(1);
        while (cell.ends_with(' ')) cell.remove_suffix(1);
        cells.Append(WithSpans(cell));
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    return cells;
}

Json Table(std::string_view head, std::string_view& rest) {
    Json table = Json::Object({{"head", Cells(head)}});
    TakeLine(rest);  // the rule below it
    Json rows = Json::Array();
    while (rest.starts_with('|')) rows.Append(Json::Object({{"cell", Cells(TakeLine(rest))}}));
    table.Set("row", std::move(rows));
    return table;
}

Json Commands(std::string_view fence, std::string_view& rest) {
    std::string lines;
    while (!rest.empty()) {
        const std::string_view line = TakeLine(rest);
        if (line == kFence) break;
        lines.append(line).append("\n");
    }
    const bool answer = fence.substr(kFence.size()) == "json";
    return Json::Object({{"label", Json::String(answer ? "Answer" : "Commands")},
                         {"lines", Json::String(std::move(lines))}});
}

Json Items(std::string_view first, std::string_view& rest) {
    Json items = Json::Array();
    std::string item(first.substr(2));
    while (rest.starts_with("- ") || rest.starts_with("  ")) {
        const std::string_view line = TakeLine(rest);
        if (line.starts_with("  ")) {
            item.append(line.substr(1));
            continue;
        }
        items.Append(WithSpans(item));
        item = line.substr(2);
    }
    items.Append(WithSpans(item));
    return Json::Object({{"item", std::move(items)}});
}

Json Paragraph(std::string_view first, std::string_view& rest) {
    std::string text(first);
    while (!rest.empty() && !rest.starts_with('\n')) {
        text += ' ';
        text += TakeLine(rest);
    }
    return WithSpans(text);
}

Json Blocks(std::string_view text) {
    Json blocks = Json::Array();
    while (!text.empty()) {
        const std::string_view line = TakeLine(text);
        if (line.empty()) continue;
        Json block = Json::Object();
        if (line.starts_with("# "))
            block.Set("title_text", Json::String(std::string(line.substr(2))));
        else if (line.starts_with("## "))
            block.Set("heading", Json::String(std::string(line.substr(3))));
        else if (line.starts_with(kFence))
            block.Set("commands", Commands(line, text));
        else if (line.starts_with('|'))
            block.Set("table", Table(line, text));
        else if (line.starts_with("- "))
            block.Set("items", Items(line, text));
        else
            block.Set("text", Paragraph(line, text));
        blocks.Append(std::move(block));
    }
    return blocks;
}

}  // namespace

void Pages::Core::GetPartners(const PageCallPtr& call) {
    std::string text(WebFile("connectors/logistics/standard/README.md"));
    std::string url = parts_.settings.public_url;
    while (url.ends_with('/')) url.pop_back();
    if (const std::size_t at = text.find(kExample); at != text.npos && !url.empty())
        text.replace(at, kExample.size(), url);
    Show(
        call, "partners",
        Json::Object({{"title", Json::String("For logistics partners")}, {"block", Blocks(text)}}));
}

}  // namespace returns::gateway
