// Where in a connector's folder an error lies, and what to do about it: for whoever writes one.
// Pure; any thread.
#pragma once

#include "connectors/connector.h"

#include <string>
#include <string_view>

namespace returns::connectors {

// The line of the member at that dotted path, as errors write it ("operations.return.create"; keys
// may hold dots), as far as the path leads; 1 where it leads nowhere.
int LineOfPath(std::string_view json_text, std::string_view path);
int LineOfByte(std::string_view text, std::size_t offset);

// "connector.json:12" for an error of Load or of the kit; "" where it names no file.
std::string PlaceOf(const Connector::Files& files, std::string_view error);
// One sentence; "" where the error says it all.
std::string WhatToDo(std::string_view error);

}  // namespace returns::connectors
