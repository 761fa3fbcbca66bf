// What numpy, joblib, cloudpickle, scikit-learn and torch write: arrays, functions and classes as what they are.
// tests/data/libraries/make_libraries.py made the files.
#include <QFile>
#include <QTest>
#include <limits>

#include "inspect/arrays.h"
#include "inspect/meaning/details.h"
#include "inspect/static_graph.h"

using namespace dill;
using namespace std::string_literals;
using graph::NodeId;
using inspect::Contents;

namespace {

struct Read {
  explicit Read(std::vector<unsigned char> bytes) : data(std::move(bytes)) {
    auto read = inspect::read_pickle(data);
    if (!read) qFatal("not a pickle: %s", read.error().message.c_str());
    pickle = std::move(*read);
  }
  explicit Read(const QString& name) : Read(load(name)) {}

  static std::vector<unsigned char> load(const QString& name) {
    QFile file(QStringLiteral(DILL_TEST_DATA "/libraries/") + name);
    if (!file.open(QIODevice::ReadOnly)) qFatal("no file %s", qPrintable(name));
    const QByteArray all = file.readAll();
    return {all.begin(), all.end()};
  }
  NodeId child(NodeId node, std::string_view edge) const {
    for (const NodeId c : pickle.graph->children(node)) {
      if (pickle.graph->edge_text(c) == edge) return c;
    }
    qFatal("no edge %.*s", static_cast<int>(edge.size()), edge.data());
  }
  std::string text(NodeId node) const {
    return std::string(pickle.graph->type(node)) + " " + pickle.graph->description(node);
  }
  std::string details(NodeId node) const {
    const Contents contents(*pickle.graph, data);
    std::string all;
    for (const std::string& line : inspect::details(contents, node, inspect::python_of(contents, pickle.python))) {
      all += line + "\n";
    }
    return all;
  }

  std::vector<unsigned char> data;
  inspect::StaticPickle pickle;
};

}  // namespace

class TestLibraries : public QObject {
  Q_OBJECT

 private slots:
  void numpy_arrays_data() {
    QTest::addColumn<QString>("file");
    for (const char* file : {"numpy_2.pkl", "numpy_4.pkl", "numpy_5.pkl"}) QTest::newRow(file) << QString(file);
  }
  void numpy_arrays() {
    QFETCH(QString, file);
    const Read read(file);
    QVERIFY(!read.pickle.fault);
    const auto text = [&](std::string_view key) { return read.text(read.child(0, key)); };
    const auto details = [&](std::string_view key) { return read.details(read.child(0, key)); };
    QCOMPARE(text("['grid']"), std::string("numpy.ndarray float64, shape (2, 3)"));
    QCOMPARE(details("['grid']"), std::string("array: float64, shape (2, 3)\n6 items of 8 bytes\n"
                                              "first items: 0.0, 1.0, 2.0, 3.0, 4.0, 5.0\n"));
    QVERIFY(details("['by column']").find("column by column") != std::string::npos);
    QVERIFY(details("['by column']").find("0.0, 3.0, 1.0") != std::string::npos);
    QCOMPARE(text("['text']"), std::string("numpy.ndarray U2, shape (2,)"));
    QVERIFY(details("['text']").ends_with("first items: 'ab', 'é'\n"));
    QCOMPARE(text("['record']"), std::string("numpy.ndarray V12, shape (1,)"));
    QVERIFY(details("['big end']").ends_with("first items: 1, -2\n"));
    QCOMPARE(text("['mixed']"), std::string("numpy.ndarray object, shape (3,)"));
    QVERIFY(details("['mixed']").ends_with("first items: None, 'x', 3\n"));
    QVERIFY(details("['half']").ends_with("first items: 0.5, -2.0\n"));
    QCOMPARE(text("['none']"), std::string("numpy.ndarray float64, shape (0, 4)"));
    if (file != "numpy_2.pkl") QCOMPARE(text("['scalar']"), std::string("numpy.float64 2.5"));
  }

  // Raw bytes between the opcodes, and a pickle inside the pickle for the array of objects.
  void joblib_arrays() {
    const Read read(QStringLiteral("joblib.pkl"));
    QVERIFY(!read.pickle.fault);
    QCOMPARE(read.pickle.pickles, 1u);
    QCOMPARE(read.pickle.end, read.pickle.size);
    QCOMPARE(read.text(read.child(0, "['grid']")), std::string("numpy.ndarray float64, shape (2, 3)"));
    QVERIFY(read.details(read.child(0, "['grid']")).ends_with("first items: 0.0, 1.0, 2.0, 3.0, 4.0, 5.0\n"));
    QCOMPARE(read.text(read.child(0, "['list']")), std::string("list 2 items"));
    const NodeId mixed = read.child(0, "['mixed']");
    QCOMPARE(read.text(mixed), std::string("numpy.ndarray object, shape (3,)"));
    QVERIFY(read.details(read.child(mixed, "saved by a saver")).ends_with("first items: None, 'x', 3\n"));
    QVERIFY(read.details(read.child(0, "['last']")).ends_with("first items: 0, 1, 2, 3, 4, 5\n"));
  }

  void values() {
    const Read read(QStringLiteral("values.pkl"));
    const auto first = [&](const char* edge) {
      const std::string all = read.details(read.child(0, edge));
      return all.substr(0, all.find('\n'));
    };
    QCOMPARE(first("[0]"), std::string("datetime.datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=datetime.timezone.utc)"));
    QCOMPARE(first("[1]"), std::string("datetime.timedelta(days=-1, seconds=5)"));
    QCOMPARE(first("[2]"), std::string("Decimal('1.50')"));
    QCOMPARE(first("[3]"), std::string("UUID('00000000-0000-0000-0000-000000000007')"));
    QCOMPARE(first("[4]"), std::string("PurePosixPath('/etc/x')"));
    QCOMPARE(first("[5]"), std::string("re.compile('a+b', re.IGNORECASE)"));
    QCOMPARE(first("[6]"), std::string("OrderedDict({'a': 1, (1, 2): [2]})"));
    QCOMPARE(first("[7]"), std::string("Counter({'a': 2, 'b': 1, 'c': 1})"));
    QCOMPARE(first("[8]"), std::string("deque([1, 2], maxlen=5)"));
    QCOMPARE(first("[9]"), std::string("functools.partial(int, base=2)"));
    QCOMPARE(first("[10]"), std::string("numpy.datetime64('2026-01-02'), datetime64[ns]"));
  }

  void frames() {
    const Read read(QStringLiteral("pandas.pkl"));
    const auto details = [&](std::string_view edge) { return read.details(read.child(0, edge)); };
    QCOMPARE(details("[0]"), std::string("2 rows, 3 columns\ncolumns: 'a' (int64), 'c' (category), 'i' (Int64)\n"
                                         "index: 2 labels: 0, 1\n"));
    QCOMPARE(details("[2]"), std::string("2 labels: ('a', 1), ('b', 2)\n"
                                         "levels: 'k' (2: 'a', 'b'), without a name (2: 1, 2)\n"));
    QCOMPARE(details("[3]"), std::string("2 labels: (0, 1], (1, 2]\ndtype: interval[int64, right]\n"));
    QCOMPARE(details("[4]"), std::string("2 labels: 2026-01, 2026-02\ndtype: period[M]\n"));
    const std::string series = details("[1]");
    QVERIFY2(series.starts_with("2 rows of float64, named 'price'\nfirst values: 1.5, 2.5\n"
                                "index: 2 labels: 2026-01-01T00:00Z, 2026-01-02T00:00Z\n"),
             series.c_str());
  }

  void enums() {
    const Read dill(QStringLiteral("classes.pkl")), other(QStringLiteral("classes_cloudpickle.pkl"));
    for (const Read* read : {&dill, &other}) {
      QCOMPARE(read->details(read->child(0, "[0]")), std::string("an enum member: <Color.RED: 1>\n"));
    }
    QCOMPARE(dill.details(dill.child(0, "[1]")), std::string("a named tuple: Pair(left='l', right=3)\n"));
  }

  // Files that end anywhere, and bytes that were changed: text comes out, and soon.
  void damage_data() {
    QTest::addColumn<QString>("file");
    for (const char* file :
         {"values.pkl", "pandas.pkl", "classes.pkl", "classes_cloudpickle.pkl", "torch.pkl", "sklearn.pkl"})
      QTest::newRow(file) << QString(file);
  }
  void damage() {
    QFETCH(QString, file);
    const std::vector<unsigned char> whole = Read::load(file);
    std::uint32_t random = 12345;
    const auto next = [&] { return (random = random * 1'664'525 + 1'013'904'223) >> 8; };
    for (int round = 0; round < 300; ++round) {
      std::vector<unsigned char> damaged = whole;
      if (round % 3 == 0) damaged.resize(1 + next() % whole.size());
      for (int i = 0; i < round % 4 + 1; ++i) damaged[next() % damaged.size()] = static_cast<unsigned char>(next());
      const auto read = inspect::read_pickle(damaged);
      if (!read) continue;
      const Contents contents(*read->graph, damaged);
      for (NodeId node = 0; node < read->graph->size(); ++node) {
        for (const std::string& line : inspect::details(contents, node, 11)) QVERIFY(line.size() < 100'000);
      }
    }
  }

  void joblib_damage() {
    const std::vector<unsigned char> whole = Read::load("joblib.pkl");
    for (std::size_t size = 1; size < whole.size(); ++size) {
      const std::vector<unsigned char> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      const auto read = inspect::read_pickle(cut);
      QVERIFY(!read || (read->fault && read->fault->offset <= size));
      if (!read) continue;
      const Contents contents(*read->graph, cut);
      for (NodeId node = 0; node < read->graph->size(); ++node) (void)inspect::details(contents, node, 11);
    }
  }

  void estimator() {
    const Read read(QStringLiteral("sklearn.pkl"));
    QVERIFY(!read.pickle.fault);
    QCOMPARE(std::string(read.pickle.graph->type(0)), std::string("sklearn.linear_model._ridge.Ridge"));
    QCOMPARE(read.text(read.child(0, ".alpha")), std::string("float 2.0"));
    QCOMPARE(read.text(read.child(0, ".coef_")), std::string("numpy.ndarray float64, shape (1,)"));
    const std::string details = read.details(0);
    QVERIFY2(details.starts_with("Ridge(alpha=2.0, fit_intercept=True, "), details.c_str());
    QVERIFY2(details.find("\nfitted:\n") != std::string::npos, details.c_str());
    QVERIFY2(details.find("  coef_ = <numpy.ndarray: float64, shape (1,)>\n") != std::string::npos, details.c_str());
    QVERIFY2(details.find("\nwritten by scikit-learn 1.") != std::string::npos, details.c_str());
  }

  void tensors() {
    const Read read(QStringLiteral("torch.pkl"));
    QVERIFY(!read.pickle.fault);
    const auto details = [&](std::string_view key) { return read.details(read.child(0, key)); };
    QCOMPARE(details("['weights']"), std::string("tensor: float32, shape (2, 3)\nstrides (3, 1), from item 0\n"
                                                 "storage '0' on cpu: 6 items of torch.FloatStorage\n"));
    QCOMPARE(details("['part']"), std::string("tensor: int64, shape (3,)\nstrides (2,), from item 2\n"
                                              "storage '1' on cpu: 10 items of torch.LongStorage\n"));
    QCOMPARE(details("['shared']"), std::string("tensor: float32, shape (3,)\nstrides (1,), from item 3\n"
                                                "storage '0' on cpu: 6 items of torch.FloatStorage\n"));
    QCOMPARE(details("['param']"), std::string("parameter: float32, shape (2,)\n"));
    QCOMPARE(details("['size']"), std::string("made by torch.Size((2, 3))\n"));
    QCOMPARE(details("['device']"), std::string("made by torch.device('cpu')\n"));
  }

  // test_inspect_details.py holds these against numpy.
  void times() {
    using inspect::datetime64_text, inspect::time_unit, inspect::timedelta64_text;
    const auto date = [](std::int64_t value, std::string_view unit, std::int64_t count = 1) {
      return datetime64_text(value, time_unit(unit, count));
    };
    constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
    QCOMPARE(date(20455, "D"), std::string("2026-01-02"));
    QCOMPARE(date(-1, "D"), std::string("1969-12-31"));
    QCOMPARE(date(-719'529, "D"), std::string("-0001-12-31"));
    QCOMPARE(date(56, "Y"), std::string("2026"));
    QCOMPARE(date(-1, "M"), std::string("1969-12"));
    QCOMPARE(date(2922, "W"), std::string("2026-01-01"));
    QCOMPARE(date(1, "s", 25), std::string("1970-01-01T00:00:25"));
    QCOMPARE(date(-1, "ns"), std::string("1969-12-31T23:59:59.999999999"));
    QCOMPARE(date(kMost, "ns"), std::string("2262-04-11T23:47:16.854775807"));
    QCOMPARE(date(kLeast, "s"), std::string("NaT"));
    for (const char* unit : {"Y", "M", "W", "D", "h", "m", "s", "ms", "us"}) {  // too far: the number
      for (const std::int64_t value : {kMost, kLeast + 1}) {
        const std::string text = date(value, unit);
        QVERIFY(text == std::to_string(value) || text.size() <= 32);
        (void)timedelta64_text(value, time_unit(unit, 1));
        QCOMPARE(date(value, unit, kMost), std::to_string(value));
      }
    }
    QCOMPARE(date(5, "as"), std::string("5"));
    QCOMPARE(timedelta64_text(93'600, time_unit("s", 1)), std::string("1 day 2:00:00"));
    QCOMPARE(timedelta64_text(-1, time_unit("ms", 1)), std::string("-1 day 23:59:59.999"));
    QCOMPARE(timedelta64_text(3, time_unit("M", 1)), std::string("3 months"));
    QCOMPARE(timedelta64_text(kLeast, time_unit("M", 1)), std::string("NaT"));
  }

  void cloudpickle() {
    const Read read(QStringLiteral("cloudpickle.pkl"));
    QVERIFY(!read.pickle.fault);
    const NodeId function = read.child(0, "[0]");
    QCOMPARE(std::string(read.pickle.graph->type(function)), std::string("function"));
    QVERIFY(read.details(function).starts_with("def inner(x, y=2, *, z: int = 3)\n") ||
            read.details(function).starts_with("def inner(x, y=2, *, z: builtins.int = 3)\n"));
    QVERIFY(read.details(function).find("free variables: q\n") != std::string::npos);
    QVERIFY(read.details(function).find("LOAD_DEREF") != std::string::npos);
    QCOMPARE(std::string(read.pickle.graph->type(read.child(function, "closure: q"))), std::string("cell"));
    const NodeId cls = read.child(0, "[1]");
    QCOMPARE(read.text(cls), std::string("type Shape"));
    QVERIFY(read.details(cls).find("  def area(self, scale=1.5)\n") != std::string::npos);
    QVERIFY(read.details(cls).find("  limit = 3\n") != std::string::npos);
    QCOMPARE(std::string(read.pickle.graph->type(read.child(0, "[2]"))), std::string("__main__.Shape"));
  }

  void torch_tensor() {
    const std::string pickle =
        "\x80\x02"
        "ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0"
        "0X\x03"
        "\0\0\0cpuK\x06tQK\0K\x02K\x03\x86K\x03K\x01\x86\x89NtR."s;
    const Read read(std::vector<unsigned char>(pickle.begin(), pickle.end()));
    QVERIFY(!read.pickle.fault);
    QCOMPARE(read.text(0), std::string("torch.Tensor float32, shape (2, 3)"));
  }

  void items() {
    using inspect::DType;
    const auto text = [](char kind, std::uint64_t size, char order, std::vector<unsigned char> bytes) {
      return inspect::item_text(DType{.item = {kind, size}, .order = order}, bytes);
    };
    QCOMPARE(text('i', 1, '|', {0xFF}), std::string("-1"));
    QCOMPARE(text('u', 8, '<', {1, 0, 0, 0, 0, 0, 0, 0x80}), std::string("9223372036854775809"));
    QCOMPARE(text('f', 4, '>', {0x3F, 0x80, 0, 0}), std::string("1.0"));
    QCOMPARE(text('f', 2, '<', {0, 0x7C}), std::string("inf"));
    QCOMPARE(text('b', 1, '|', {1}), std::string("True"));
    QCOMPARE(text('S', 4, '|', {'a', 'b', 0, 0}), std::string("b'ab'"));
    QCOMPARE(text('U', 4, '<', {0xFF, 0xFF, 0xFF, 0xFF}), std::string("'\xEF\xBF\xBD'"));
    QCOMPARE(text('i', 4, '<', {1, 2}), std::string());
    QCOMPARE(text('V', 4, '<', {1, 2, 3, 4}), std::string());
    QCOMPARE(text('i', 16, '<', std::vector<unsigned char>(16)), std::string());
  }
};

QTEST_APPLESS_MAIN(TestLibraries)
#include "tst_libraries.moc"
