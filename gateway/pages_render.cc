#include "gateway/pages_render.h"

#include "gateway/web_files.h"
#include "schemas/check.h"

#include <ctemplate/template.h>

#include <cctype>

namespace returns::gateway {
namespace {

constexpr std::string_view kBodies[] = {"signin",  "search",  "case",     "stalls",  "connections",
                                        "partner", "trouble", "partners", "certify", "finance"};

std::string FileOf(std::string_view name) { return "gateway/pages/" + std::string(name) + ".tpl"; }

bool LoadTemplates() {
    const auto load = [](std::string_view name) {
        const std::string file = FileOf(name);
        const std::string_view text = WebFile(file);
        return ctemplate::StringToTemplateCache(file.c_str(), text.data(), text.size(),
                                                ctemplate::DO_NOT_STRIP);
    };
    bool all = load("layout");
    for (const std::string_view name : kBodies) all = load(name) && all;
    return all;
}

bool Loaded() {
    static const bool loaded = LoadTemplates();
    return loaded;
}

std::string Marker(const std::string& name) {
    std::string marker = name;
    for (char& c : marker) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return marker;
}

void Fill(ctemplate::TemplateDictionary& dictionary, const Json& model) {
    for (const auto& [name, value] : model.Members()) {
        const std::string marker = Marker(name);
        switch (value.kind()) {
            case Json::Kind::kString:
                dictionary.SetValue(marker, value.AsString());
                if (!value.AsString().empty()) dictionary.ShowSection(marker);
                break;
            case Json::Kind::kNumber:
                dictionary.SetValue(marker, value.Literal());
                dictionary.ShowSection(marker);
                break;
            case Json::Kind::kBool:
                if (value.AsBool()) dictionary.ShowSection(marker);
                break;
            case Json::Kind::kObject:
                Fill(*dictionary.AddSectionDictionary(marker), value);
                break;
            case Json::Kind::kArray:
                for (const Json& item : value.Items()) {
                    Fill(*dictionary.AddSectionDictionary(marker), item);
                }
                break;
            case Json::Kind::kNull:
                break;
        }
    }
}

}  // namespace

std::string RenderPage(std::string_view body, const Json& model) {
    CHECK(Loaded());
    ctemplate::TemplateDictionary layout("layout");
    Fill(layout, model);
    ctemplate::TemplateDictionary* inside = layout.AddIncludeDictionary("BODY");
    inside->SetFilename(FileOf(body));
    Fill(*inside, model);
    std::string page;
    CHECK(ctemplate::ExpandTemplate(FileOf("layout"), ctemplate::DO_NOT_STRIP, &layout, &page));
    return page;
}

std::string RenderSheet(std::string_view name, const Json& model) {
    CHECK(Loaded());
    ctemplate::TemplateDictionary sheet("sheet");
    Fill(sheet, model);
    std::string page;
    CHECK(ctemplate::ExpandTemplate(FileOf(name), ctemplate::DO_NOT_STRIP, &sheet, &page));
    return page;
}

}  // namespace returns::gateway
