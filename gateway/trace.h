// Trace ids after W3C Trace Context: one word that follows a request, or a command, through logs,
// partners and topics. Never made of anything personal. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace returns::gateway {

// 00-<32 hex>-<16 hex>-<2 hex>, ids not all zero.
bool IsTraceparent(std::string_view text);

// Of a thing that has no request: the same seed gives the same trace, another span another step of
// it. Secrets may be seeds: nothing of them can be told from it.
std::string MakeTraceparent(std::string_view seed, std::string_view span);

// The 32 digits of the trace; "" of what is no traceparent.
std::string TraceId(std::string_view traceparent);

}  // namespace returns::gateway
