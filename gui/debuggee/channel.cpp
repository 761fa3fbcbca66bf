#include "debuggee/channel.h"

#include <QDir>
#include <QJsonDocument>
#include <QRandomGenerator>
#include <QTimer>

#include <array>

namespace dill::gui {
namespace {

constexpr qint64 kFirstLineLimit = 256LL * 1024;  // a hello with the traceback of an engine that does not load
constexpr qint64 kLineLimit = 64LL * 1024 * 1024;
constexpr int kFirstLineMilliseconds = 10'000;

QByteArray randomHex128() {
  std::array<quint32, 4> words{};
  QRandomGenerator::system()->fillRange(words.data(), words.size());
  return QByteArray(reinterpret_cast<const char*>(words.data()), sizeof words).toHex();
}

// Takes the same time wherever the first difference is.
bool sameSecret(const QByteArray& left, const QByteArray& right) {
  if (left.size() != right.size()) return false;
  int difference = 0;
  for (qsizetype i = 0; i < left.size(); ++i) difference |= left[i] ^ right[i];
  return difference == 0;
}

}  // namespace

Channel::Channel(QObject* parent) : QObject(parent), token_(randomHex128()) {
  server_.setSocketOptions(QLocalServer::UserAccessOption);
  connect(&server_, &QLocalServer::newConnection, this, &Channel::admit);
}

QString Channel::listen() {
  QString reason;
  // A Unix socket's path has at most 107 bytes, which a long TMPDIR may exceed.
  for (const QString& base : {QDir::tempPath(), QStringLiteral("/tmp")}) {
    folder_ = std::make_unique<QTemporaryDir>(base + QStringLiteral("/dill-debuggee-XXXXXX"));
    if (!folder_->isValid()) {
      reason = folder_->errorString();
      continue;
    }
    if (server_.listen(folder_->filePath(QString::fromLatin1(randomHex128().left(8))))) return {};
    reason = server_.errorString();
  }
  return reason;
}

void Channel::send(const QJsonObject& command) {
  if (peer_) peer_->write(QJsonDocument(command).toJson(QJsonDocument::Compact) + '\n');
}

void Channel::admit() {
  while (QLocalSocket* socket = server_.nextPendingConnection()) {
    if (peer_) {
      socket->abort();
      socket->deleteLater();
      continue;
    }
    socket->setReadBufferSize(0);
    connect(socket, &QLocalSocket::readyRead, this, [this, socket] {
      if (socket == peer_) {
        readLines();
      } else {
        readFirstLine(socket);
      }
    });
    connect(socket, &QLocalSocket::disconnected, this, [this, socket] {
      socket->deleteLater();
      if (socket != peer_) return;
      readLines();
      peer_ = nullptr;
      emit closed();
    });
    QTimer::singleShot(kFirstLineMilliseconds, socket, [this, socket] {
      if (socket != peer_) socket->abort();
    });
    if (socket->bytesAvailable() > 0) readFirstLine(socket);
  }
}

void Channel::readFirstLine(QLocalSocket* socket) {
  if (!socket->canReadLine()) {
    if (socket->bytesAvailable() > kFirstLineLimit) socket->abort();
    return;
  }
  const QByteArray line = socket->readLine();
  const QJsonObject hello = QJsonDocument::fromJson(line).object();
  if (peer_ || !sameSecret(hello.value(QLatin1String("token")).toString().toLatin1(), token_)) {
    socket->abort();
    return;
  }
  peer_ = socket;
  server_.close();
  emit received(hello);
  readLines();
}

void Channel::readLines() {
  while (peer_ && peer_->canReadLine()) deliver(peer_->readLine());
  if (peer_ && peer_->bytesAvailable() > kLineLimit) {
    QLocalSocket* socket = std::exchange(peer_, nullptr);
    socket->abort();
    emit broken(tr("a line of more than %1 bytes").arg(kLineLimit));
  }
}

void Channel::deliver(const QByteArray& line) {
  QJsonParseError error;
  const QJsonDocument document = QJsonDocument::fromJson(line, &error);
  if (document.isObject()) {
    emit received(document.object());
    return;
  }
  QLocalSocket* socket = std::exchange(peer_, nullptr);
  socket->abort();
  emit broken(error.errorString());
}

}  // namespace dill::gui
