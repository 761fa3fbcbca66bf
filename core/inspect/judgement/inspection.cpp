#include "inspect/judgement/inspection.h"

#include <algorithm>
#include <deque>
#include <unordered_map>
#include <utility>

#include "file/mapped_file.h"
#include "inspect/containers/members.h"
#include "inspect/judgement/code_versions.h"
#include "inspect/judgement/health.h"
#include "inspect/judgement/judge.h"
#include "inspect/judgement/requirements.h"

namespace dill::inspect {

namespace {

Verdict verdict_of(const FindingCollector& findings) {
  if (findings.any(Severity::Dangerous)) return Verdict::Dangerous;
  if (findings.any(Severity::Suspicious)) return Verdict::Suspicious;
  return findings.any(Severity::Error) ? Verdict::Error : Verdict::Clean;
}

// Dangerous is worse than suspicious, that worse than what cannot be read.
Verdict worse(Verdict a, Verdict b) {
  const auto rank = [](Verdict v) {
    return v == Verdict::Error ? 1 : v == Verdict::Clean ? 0 : 1 + static_cast<int>(v);
  };
  return rank(a) < rank(b) ? b : a;
}

class Inspector : public MemberVisitor {
 public:
  Inspector(const InspectOptions& options, std::shared_ptr<const Rules> rules, std::shared_ptr<const void> storage)
      : options_(options), rules_(std::move(rules)), storage_(std::move(storage)), findings_(options.max_findings) {}

  void member(const Member& member) override {
    MemberReport report;
    report.path = member.path;
    report.format = to_string(member.format);
    report.file_offset = member.offset;
    report.size = member.bytes.size();
    report.bytes = member.bytes;
    report.storage = member.storage ? member.storage : storage_;
    report.arrays = member.arrays;
    report.is_pickle = member.format == Format::Pickle || member.format == Format::Joblib;
    if (report.is_pickle) {
      ++pickles_;
      report.stream = member.stream;
      report.pieces = member.pieces;
      report.stream_storage = member.stream_storage;
      judge(member.view != View::Plain, report, 0);
    }
    if (member.format != Format::Data && member.format != Format::Text) recognised_ = true;
    result_.members.push_back(std::move(report));
  }

  void finding(const Finding& finding) override { findings_.add(finding); }

  bool proceed(std::uint64_t done, std::uint64_t total) override {
    done_ = std::max(done_, done);
    if (!stopped_ && options_.progress) stopped_ = !options_.progress(done_, total);
    return !stopped_;
  }

  void read(std::span<const unsigned char> bytes) {
    Budgets budgets;
    budgets.depth = options_.max_depth;
    budgets.findings = options_.max_findings;
    result_.size = bytes.size();
    read_members(bytes, budgets, *this);
    read_nested();
    findings_.enter("");
    if (stopped_) {
      findings_.add({"stopped-early", Severity::Error, "reading was stopped before the end of the file", 0, "", 1});
    }
    if (pickles_ == 0 && !recognised_) {
      findings_.add({"not-a-pickle", Severity::Error,
                     bytes.empty() ? "the file is empty" : "this is no pickle and no container that is known here", 0,
                     "", 1});
    }
  }

  Inspection finish() {
    for (const MemberReport& member : result_.members) {
      result_.level = std::max(result_.level, member.level);
      result_.dynamic = result_.dynamic || member.dynamic;
      merge_globals(member.globals);
    }
    if (findings_.left_out() > 0) {
      findings_.add({"findings-left-out", Severity::Note,
                     std::to_string(findings_.left_out()) + " more findings are not listed", 0, "", 1});
    }
    result_.findings = findings_.take();
    for (const Finding& finding : result_.findings) {
      const Verdict verdict = finding.severity == Severity::Dangerous    ? Verdict::Dangerous
                              : finding.severity == Severity::Suspicious ? Verdict::Suspicious
                              : finding.severity == Severity::Error      ? Verdict::Error
                                                                         : Verdict::Clean;
      result_.verdict = worse(result_.verdict, verdict);
    }
    result_.requirements = requirements_of(result_);
    return std::move(result_);
  }

 private:
  struct Waiting {
    std::shared_ptr<const std::string> bytes;
    std::string path;
    std::uint32_t depth;
  };

  void judge(bool other_view, MemberReport& report, std::uint32_t depth) {
    const std::span<const unsigned char> stream = report.stream;
    const auto offset = [&](std::uint64_t at) { return offset_in_bytes(report.pieces, at); };
    findings_.enter(report.path, report.pieces);
    findings_.forget_seen();
    PickleJudge judge(*rules_, findings_, options_.max_globals);
    EffectLimits limits;
    const std::uint64_t begin = report.file_offset.value_or(done_);
    limits.proceed = [&](std::uint64_t at) {
      // What was expanded does not tell how far the file has been read.
      return proceed(report.file_offset ? std::min(begin + at, result_.size) : begin, result_.size);
    };
    CodeVersions codes(judge);
    const EffectsResult effects = read_effects(stream, limits, codes);
    judge.finish(stream);
    report.level = judge.level();
    report.dynamic = judge.dynamic() || effects.dynamic;
    report.lookups = judge.lookups();
    report.calls = judge.calls();
    report.globals = std::move(judge.globals());
    for (GlobalName& name : report.globals) name.offset = offset(name.offset);
    if (codes.versions().any()) report.code_pythons = codes.versions().possible();
    report.protocol = effects.protocol;
    report.pickles = effects.pickles;
    report.end = offset(effects.end);
    if (effects.fault) report.fault = Break{offset(effects.fault->offset), effects.fault->message};
    add_health(effects, stream.size(), other_view, findings_);
    report.verdict = verdict_of(findings_);
    findings_.enter(report.path);
    for (NestedPickle& nested : judge.nested()) {
      if (depth + 1 > options_.max_depth) {
        findings_.add({"stopped-depth", Severity::Suspicious, "pickles within pickles go deeper than is read here",
                       nested.offset, report.path, 1});
        break;
      }
      const std::string path =
          report.path + (report.path.empty() ? "" : "!") + "<loads at " + std::to_string(nested.offset) + ">";
      waiting_.push_back({std::make_shared<const std::string>(std::move(nested.bytes)), path, depth + 1});
    }
  }

  void read_nested() {
    while (!waiting_.empty() && !stopped_) {
      const Waiting next = std::move(waiting_.front());
      waiting_.pop_front();
      MemberReport report;
      report.path = next.path;
      report.format = to_string(Format::Pickle);
      report.size = next.bytes->size();
      // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): char and unsigned char
      report.bytes = {reinterpret_cast<const unsigned char*>(next.bytes->data()), next.bytes->size()};
      report.storage = next.bytes;
      report.is_pickle = true;
      report.stream = report.bytes;
      judge(false, report, next.depth);
      result_.members.push_back(std::move(report));
    }
  }

  void merge_globals(const std::vector<GlobalName>& names) {
    for (const GlobalName& name : names) {
      const std::string place = (name.module ? "1" + *name.module : "0") + "\n" + (name.name ? "1" + *name.name : "0");
      const auto [at, is_new] = places_.try_emplace(place, result_.globals.size());
      if (is_new) {
        result_.globals.push_back(name);
        continue;
      }
      result_.globals[at->second].lookups += name.lookups;
      result_.globals[at->second].calls += name.calls;
    }
  }

  const InspectOptions& options_;
  std::shared_ptr<const Rules> rules_;
  std::shared_ptr<const void> storage_;
  FindingCollector findings_;
  Inspection result_;
  std::deque<Waiting> waiting_;
  std::unordered_map<std::string, std::size_t> places_;
  std::size_t pickles_ = 0;
  std::uint64_t done_ = 0;  // bytes of the file, as progress was told
  bool recognised_ = false;
  bool stopped_ = false;  // progress asked for it
};

}  // namespace

Inspection inspect_bytes(std::span<const unsigned char> bytes, const InspectOptions& options,
                         std::shared_ptr<const void> storage) {
  Inspector inspector(options, options.rules ? options.rules : Rules::built_in(), std::move(storage));
  inspector.read(bytes);
  return inspector.finish();
}

tl::expected<Inspection, InspectError> inspect_file(const std::string& path, const InspectOptions& options) {
  auto file = file::MappedFile::open(path);
  if (!file) return tl::unexpected(InspectError{file.error().message});
  Inspection result = inspect_bytes((*file)->bytes(), options, *file);
  if ((*file)->shrank()) return tl::unexpected(InspectError{(*file)->shrank_error().message});
  return result;
}

}  // namespace dill::inspect
