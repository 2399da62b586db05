// Crosswalks: tables in a connection's settings that translate our codes (sku, reason, warehouse,
// item_class) into the partner's and, where the manifest says so, back. Mappings never see the
// tables: a command comes to them with `their_sku` beside `sku`, and events they give may say
// `their_sku` instead. Pure; any thread.
#pragma once

#include "connectors/manifest.h"
#include "schemas/json.h"
#include "schemas/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace returns::connectors {

inline constexpr std::string_view kCodeKinds[] = {"sku", "reason", "warehouse", "item_class"};

// The settings with their crosswalks checked and ready for quick look-ups, in tables of any size.
// Refused, naming both entries: two codes of ours for one of theirs where it is read both ways.
Result<Json> PrepareCrosswalks(const Manifest& manifest, const Json& settings);

// A code without a translation: of ours, or (`back`) one of theirs.
struct Untranslated {
    std::string table, kind, code;
    bool back = false;
};
std::vector<Untranslated> FindUntranslated(const Manifest& manifest, const Json& command,
                                           const Json& settings);
// What a code becomes, one by one, for people: each code of the command and theirs, null if none.
struct Translation {
    std::string table, kind, code;
    Json theirs;
};
std::vector<Translation> TranslationsOf(const Manifest& manifest, const Json& command,
                                        const Json& settings);

// The command with `their_<kind>` beside each code.
Result<Json> Translated(const Manifest& manifest, const Json& command, const Json& settings);
// The events with each `their_<kind>` of a line replaced by our code; such a line needs no id.
Result<Json> TranslatedBack(const Manifest& manifest, Json events, const Json& settings);
// The code an error of TranslatedBack is about.
std::optional<Untranslated> UntranslatedIn(std::string_view error);

}  // namespace returns::connectors
