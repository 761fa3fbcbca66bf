// Which lines are shown of a function or class, and what is said where there are none.
#include <QClipboard>
#include <QLabel>
#include <QToolButton>
#include <QtTest>

#include "models/source_block.h"
#include "panels/source_section.h"
#include "panels/source_view.h"
#include "sample_graphs.h"

using namespace dill::gui;
using dill::graph::Location;

namespace {

const char* const kModule = R"(import os

def plain(a,
          b):
    """Text with a
dedented line and a ) bracket
    """
    return a + b  # end

    # a comment behind

@decorate(
    1)
@other
def decorated(): return 1
value = call(
    lambda x: x + 1,
    2)
async def waits():
    # only a comment
    text = '\'\\'
    if text:

        pass
class Shop:
    name = 'x'

    def first(self):
        return 1

    class Inner(
        object):
        def method(self):
            pass
after = (x for x in
         range(3))
last = lambda: 0
)";

Location at(std::uint32_t line, bool inClass = false) {
  return {0, 0, line, 0, static_cast<std::uint8_t>(inClass ? 1 : 0)};
}

}  // namespace

class TestSource : public QObject {
  Q_OBJECT
 private slots:
  void blocks_data();
  void blocks();
  void longBlocksAreCut();
  void tabsAndSpaces();
  void classNotFound();
  void files();
  void section();
  void sectionSaysWhenTheFileIsNewer();

 private:
  QString write(const QString& name, const QByteArray& bytes) {
    QFile file(directory_.filePath(name));
    if (!file.open(QIODevice::WriteOnly)) qFatal("cannot write");
    file.write(bytes);
    return file.fileName();
  }
  QTemporaryDir directory_;
};

void TestSource::blocks_data() {
  QTest::addColumn<int>("line");
  QTest::addColumn<QString>("className");
  QTest::addColumn<int>("first");
  QTest::addColumn<int>("last");
  QTest::addRow("function with a string that is indented less") << 3 << QString() << 3 << 8;
  QTest::addRow("decorated, on one line") << 12 << QString() << 12 << 15;
  QTest::addRow("lambda among arguments") << 17 << QString() << 17 << 17;
  QTest::addRow("async, with blank lines") << 19 << QString() << 19 << 24;
  QTest::addRow("class") << 25 << QString() << 25 << 34;
  QTest::addRow("method") << 28 << QString() << 28 << 29;
  QTest::addRow("class by its method") << 28 << "Shop" << 25 << 34;
  QTest::addRow("inner class by its method") << 33 << "Inner" << 31 << 34;
  QTest::addRow("generator expression") << 35 << QString() << 35 << 36;
  QTest::addRow("lambda at the end") << 37 << QString() << 37 << 37;
}

void TestSource::blocks() {
  QFETCH(int, line);
  QFETCH(QString, className);
  const QStringList text = QString::fromUtf8(kModule).split('\n');
  const SourceBlock block = findBlock(text, line, className);
  QVERIFY2(block.trouble.isEmpty(), qPrintable(block.trouble));
  QVERIFY(block.exact);
  QVERIFY(!block.cut);
  QTEST(block.firstLine, "first");
  QTEST(block.firstLine + static_cast<int>(block.lines.size()) - 1, "last");
  QCOMPARE(block.lines.first(), text[block.firstLine - 1]);
}

void TestSource::longBlocksAreCut() {
  QStringList text{"def long():"};
  for (int i = 0; i < 1'000; ++i) text << "    pass";
  SourceBlock block = findBlock(text, 1);
  QVERIFY(block.cut);
  QCOMPARE(block.lines.size(), SourceBlock::kMaxLines);
  block = findBlock(text.first(SourceBlock::kMaxLines), 1);
  QVERIFY(!block.cut);
  QCOMPARE(block.lines.size(), SourceBlock::kMaxLines);
  // A string that never ends takes no longer than the file.
  block = findBlock({"def f():", "    '''", "x", "y"}, 1);
  QCOMPARE(block.lines.size(), 4);
}

void TestSource::tabsAndSpaces() {
  const SourceBlock block = findBlock({"\tdef f():", "\t\tpass", "        next"}, 1);
  QCOMPARE(block.lines.size(), 2);
  QCOMPARE(withoutIndentation(block.lines), (QStringList{"def f():", "\tpass"}));
  QCOMPARE(withoutIndentation({"  def f():", "    '''", "left", "  '''", ""}),
           (QStringList{"def f():", "  '''", "left", "'''", ""}));
  QCOMPARE(withoutIndentation({}), QStringList());
}

void TestSource::classNotFound() {
  const SourceBlock block = findBlock({"class Other:", "    def f(self):", "        pass"}, 2, "Shop");
  QVERIFY(!block.exact);
  QCOMPARE(block.firstLine, 2);
  const SourceBlock outside = findBlock({"x = 1"}, 2);
  QVERIFY(outside.lines.isEmpty());
  QVERIFY(outside.trouble.contains("changed"));
}

void TestSource::files() {
  const QString good = write("good.py", "def f():\r\n    return 'z\xc3\xb6'\r\nx = 1\r\n");
  const SourceBlock block = readSource(good, at(1), {});
  QCOMPARE(block.lines, (QStringList{"def f():", QString::fromUtf8("    return 'z\xc3\xb6'")}));
  const auto trouble = [](const QString& file) {
    const SourceBlock none = readSource(file, at(1), {});
    return none.lines.isEmpty() ? none.trouble : QStringLiteral("there are lines");
  };
  QVERIFY(trouble("<stdin>").contains("<stdin>"));
  QVERIFY(trouble("app.py").contains("relative"));
  QVERIFY(trouble(directory_.filePath("missing.py")).contains("does not exist"));
  QVERIFY(trouble(directory_.path()).contains("no regular file"));
  QVERIFY(trouble("/dev/zero").contains("no regular file"));
  QVERIFY(trouble(write("binary.py", QByteArray("def f\0", 6))).contains("no text"));
  QVERIFY(trouble(write("large.py", QByteArray(SourceBlock::kMaxFileBytes + 1, '#'))).contains("too large"));
  QVERIFY(readSource(write("fits.py", QByteArray(SourceBlock::kMaxFileBytes, '#')), at(1), {}).trouble.isEmpty());
}

void TestSource::section() {
  const QString file =
      write("shop.py", "x = 1\n@deco\nclass Shop:\n    def pay(self):\n        pass\n\ndef f(): pass\n");
  auto recording = samples::orders();
  recording.locations = {{1, recording.strings.intern(file.toStdString()), 4, 0, 1}};
  recording.records[1].detail = recording.strings.intern("shop.Shop");
  const SnapshotPtr snapshot = samples::snapshotOf(std::move(recording));
  QWidget window;
  SourceSection section(&window);
  section.show(snapshot, 0);
  QVERIFY(section.isHidden());
  section.show(snapshot, 1);
  QVERIFY(!section.isHidden());
  auto* view = section.findChild<SourceView*>("sourceView");
  QCOMPARE(view->toPlainText(), QString("@deco\nclass Shop:\n    def pay(self):\n        pass"));
  QCOMPARE(view->firstLine(), 2);
  QVERIFY(view->isReadOnly());
  QCOMPARE(section.findChild<QLabel*>("sourceCaption")->text(), QString("shop.py:2"));
  QVERIFY(section.findChild<QLabel*>("sourceNote")->isHidden());
  section.findChild<QToolButton*>("copySource")->click();
  QCOMPARE(QGuiApplication::clipboard()->text(), file + ":2");
  QFile::remove(file);
  section.show(snapshot, 1);
  QVERIFY(view->isHidden());
  QVERIFY(section.findChild<QLabel*>("sourceNote")->text().contains("does not exist"));
}

void TestSource::sectionSaysWhenTheFileIsNewer() {
  const QString file = write("newer.py", "def f():\n    pass\n");
  auto recording = samples::orders();
  recording.locations = {{2, recording.strings.intern(file.toStdString()), 1, 0, 0}};
  auto snapshot = std::make_shared<Snapshot>(*samples::snapshotOf(std::move(recording)));
  SourceSection section;
  snapshot->recorded = QFileInfo(file).lastModified().addSecs(5);
  section.show(snapshot, 2);
  QVERIFY(section.findChild<QLabel*>("sourceNote")->isHidden());
  snapshot->recorded = QFileInfo(file).lastModified().addSecs(-5);
  section.show(snapshot, 2);
  QVERIFY(section.findChild<QLabel*>("sourceNote")->text().contains("changed after"));
}

QTEST_MAIN(TestSource)
#include "test_source.moc"
