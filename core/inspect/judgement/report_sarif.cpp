#include <map>

#include "inspect/judgement/json_writer.h"
#include "inspect/judgement/neutral_names.h"
#include "inspect/judgement/reports.h"

namespace dill::inspect {

namespace {

std::string_view sarif_level(Severity severity) {
  switch (severity) {
    case Severity::Dangerous:
      return "error";
    case Severity::Suspicious:
    case Severity::Error:
      return "warning";
    case Severity::Note:
      return "note";
  }
  return "none";
}

// A path as a relative reference: what is not allowed in one is escaped.
std::string uri(std::string_view path) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    if (kPlain.find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4U];
    out += kHex[byte & 0xFU];
  }
  return out;
}

void message(JsonWriter& json, std::string_view key, std::string_view text) {
  json.key(key);
  json.begin_object();
  json.field("text", neutral(text));
  json.end_object();
}

void location(JsonWriter& json, const std::string& source, const Finding& finding) {
  json.key("locations");
  json.begin_list();
  json.begin_object();
  json.key("physicalLocation");
  json.begin_object();
  json.key("artifactLocation");
  json.begin_object();
  json.field("uri", uri(source));
  json.end_object();
  if (finding.member.empty()) {  // else the offset is not one in the file
    json.key("region");
    json.begin_object();
    json.field("byteOffset", finding.offset);
    json.end_object();
  }
  json.end_object();
  if (!finding.member.empty()) {
    json.key("logicalLocations");
    json.begin_list();
    json.begin_object();
    json.field("fullyQualifiedName", neutral(finding.member));
    json.field("kind", "member");
    json.end_object();
    json.end_list();
  }
  json.end_object();
  json.end_list();
}

}  // namespace

std::string sarif_report(std::span<const NamedInspection> inspections) {
  std::map<std::string_view, std::uint64_t> rules;  // id to its place in the list
  for (const NamedInspection& named : inspections)
    for (const Finding& finding : named.inspection->findings) rules.emplace(finding.id, 0);
  std::uint64_t place = 0;
  for (auto& [id, index] : rules) index = place++;

  JsonWriter json;
  json.begin_object();
  json.field("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
  json.field("version", "2.1.0");
  json.key("runs");
  json.begin_list();
  json.begin_object();
  json.key("tool");
  json.begin_object();
  json.key("driver");
  json.begin_object();
  json.field("name", "dill inspect");
  json.key("rules");
  json.begin_list();
  for (const auto& [id, index] : rules) {
    json.begin_object();
    json.field("id", id);
    json.end_object();
  }
  json.end_list();
  json.end_object();
  json.end_object();
  json.field("columnKind", "unicodeCodePoints");
  json.key("results");
  json.begin_list();
  for (const NamedInspection& named : inspections) {
    for (const Finding& finding : named.inspection->findings) {
      json.begin_object();
      json.field("ruleId", finding.id);
      json.field("ruleIndex", rules.at(finding.id));
      json.field("level", sarif_level(finding.severity));
      message(json, "message", finding.message);
      location(json, named.source, finding);
      json.field("occurrenceCount", finding.count);
      json.end_object();
    }
  }
  json.end_list();
  json.end_object();
  json.end_list();
  json.end_object();
  return json.take();
}

}  // namespace dill::inspect
