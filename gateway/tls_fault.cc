#include "gateway/tls_fault.h"

#include <Poco/Delegate.h>
#include <Poco/Net/SSLManager.h>
#include <Poco/Net/VerificationErrorArgs.h>

#include <utility>

namespace returns::gateway {
namespace {

thread_local std::string fault;

void Note(const void*, Poco::Net::VerificationErrorArgs& args) {
    if (fault.empty()) fault = args.errorMessage();  // the first is the cause
}

}  // namespace

void NoteTlsFaults() {
    static const bool noted = [] {
        Poco::Net::SSLManager::instance().ClientVerificationError += Poco::delegate(&Note);
        return true;
    }();
    static_cast<void>(noted);
}

std::string TakeTlsFault() { return std::exchange(fault, {}); }

}  // namespace returns::gateway
