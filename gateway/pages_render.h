// Fills a page's template with a model. Every value is escaped for the place it stands in.
// One thread.
#pragma once

#include "schemas/json.h"

#include <string>
#include <string_view>

namespace returns::gateway {

// The layout around gateway/pages/<body>.tpl. Of the model, texts fill the marker of their name in
// upper case, and show the section of that name unless empty; true shows a section; a list or an
// object is a section with its own members, which see those around them.
std::string RenderPage(std::string_view body, const Json& model);
// gateway/pages/<name>.tpl alone: a sheet to hand on, which needs nothing of ours.
std::string RenderSheet(std::string_view name, const Json& model);

}  // namespace returns::gateway
