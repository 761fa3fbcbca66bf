#include <QFileInfo>
#include <QJsonDocument>
#include <QLocalSocket>
#include <QSignalSpy>
#include <QTest>

#include "debuggee/channel.h"

using dill::gui::Channel;

namespace {

QByteArray hello(const QByteArray& token) { return R"({"event": "hello", "token": ")" + token + "\"}\n"; }

bool hungUp(QLocalSocket& socket) {
  return QTest::qWaitFor([&] { return socket.state() == QLocalSocket::UnconnectedState; });
}

}  // namespace

class TestChannel : public QObject {
  Q_OBJECT
 private slots:
  void onlyThisUserMayEnter() {
    Channel channel;
    QCOMPARE(channel.listen(), QString());
    const auto others =
        QFile::ReadGroup | QFile::WriteGroup | QFile::ExeGroup | QFile::ReadOther | QFile::WriteOther | QFile::ExeOther;
    QVERIFY(!(QFileInfo(channel.folder()).permissions() & others));
    QVERIFY(!(QFileInfo(channel.socketPath()).permissions() & others));
    QCOMPARE(channel.token().size(), 32);
    QVERIFY(channel.token() != Channel().token());
  }

  void wrongTokenIsDroppedAndTheRightOneStillWelcome_data() {
    QTest::addColumn<QByteArray>("line");
    QTest::newRow("another token") << hello(QByteArray(32, 'a'));
    QTest::newRow("no token") << QByteArray("{\"event\": \"hello\"}\n");
    QTest::newRow("empty token") << hello("");
    QTest::newRow("no JSON") << QByteArray("\x80\x04N.\n");
    QTest::newRow("not an object") << QByteArray("[1]\n");
    QTest::newRow("a first line without end") << QByteArray(300 * 1024, '{');
  }
  void wrongTokenIsDroppedAndTheRightOneStillWelcome() {
    QFETCH(QByteArray, line);
    Channel channel;
    QCOMPARE(channel.listen(), QString());
    QSignalSpy received(&channel, &Channel::received);

    QLocalSocket stranger;
    stranger.connectToServer(channel.socketPath());
    QVERIFY(stranger.waitForConnected());
    stranger.write(line);
    QVERIFY(hungUp(stranger));
    QVERIFY(!channel.isOpen());
    QCOMPARE(received.count(), 0);

    QLocalSocket child;
    child.connectToServer(channel.socketPath());
    QVERIFY(child.waitForConnected());
    child.write(hello(channel.token()));
    QTRY_COMPARE(received.count(), 1);
    QVERIFY(channel.isOpen());
  }

  void acceptsOneConnectionOnly() {
    Channel channel;
    QCOMPARE(channel.listen(), QString());
    const QString path = channel.socketPath();
    QLocalSocket child, waiting, late;
    waiting.connectToServer(path);
    child.connectToServer(path);
    child.write(hello(channel.token()));
    QTRY_VERIFY(channel.isOpen());
    waiting.write(hello(channel.token()));
    QVERIFY(hungUp(waiting));
    late.connectToServer(path);
    QVERIFY(!late.waitForConnected(1000));
    QVERIFY(channel.isOpen());
  }

  void carriesLinesBothWays() {
    Channel channel;
    QCOMPARE(channel.listen(), QString());
    QSignalSpy received(&channel, &Channel::received);
    QSignalSpy closed(&channel, &Channel::closed);
    QLocalSocket child;
    child.connectToServer(channel.socketPath());
    child.write(hello(channel.token()) + "{\"event\": \"started\"}\n{\"event\": ");
    QTRY_COMPARE(received.count(), 2);
    child.write("\"notice\", \"text\": \"gr\xC3\xBC\xC3\x9F \\ud83d\\ude00\"}\n");
    QTRY_COMPARE(received.count(), 3);
    QCOMPARE(received[2][0].toJsonObject()["text"].toString(), QStringLiteral("grüß 😀"));

    channel.send({{"command", "run"}, {"script", "ä\nb.py"}});
    QTRY_VERIFY(child.canReadLine());
    const auto command = QJsonDocument::fromJson(child.readLine()).object();
    QCOMPARE(command["script"].toString(), QStringLiteral("ä\nb.py"));

    child.write("{\"event\": \"done\"}\n");
    child.disconnectFromServer();
    QTRY_COMPARE(closed.count(), 1);
    QCOMPARE(received.count(), 4);
    QVERIFY(!channel.isOpen());
  }

  void brokenLineEndsIt() {
    Channel channel;
    QCOMPARE(channel.listen(), QString());
    QSignalSpy received(&channel, &Channel::received);
    QSignalSpy broken(&channel, &Channel::broken);
    QLocalSocket child;
    child.connectToServer(channel.socketPath());
    child.write(hello(channel.token()) + "nonsense\n{\"event\": \"done\"}\n");
    QTRY_COMPARE(broken.count(), 1);
    QCOMPARE(received.count(), 1);
    QVERIFY(!channel.isOpen());
  }

  void aLongTemporaryFolderIsNoObstacle() {
    QTemporaryDir base;
    const QString deep = base.path() + u'/' + QString(120, u'x');
    QVERIFY(QDir().mkpath(deep));
    const QByteArray before = qgetenv("TMPDIR");
    qputenv("TMPDIR", deep.toLocal8Bit());
    Channel channel;
    const QString obstacle = channel.listen();
    before.isNull() ? qunsetenv("TMPDIR") : qputenv("TMPDIR", before);
    QCOMPARE(obstacle, QString());
  }
};

QTEST_GUILESS_MAIN(TestChannel)
#include "test_channel.moc"
