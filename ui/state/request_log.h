#pragma once

#include "hearth/server.h"

#include <QAbstractListModel>
#include <QSortFilterProxyModel>
#include <QString>

#include <deque>
#include <vector>

namespace hearth::ui {

/// Requests, newest first, within bounds: the oldest go beyond a number of them, their bodies
/// beyond a number of bytes.
class RequestShelf {
public:
    static constexpr int kMostRows = 5000;
    static constexpr qsizetype kMostBodyBytes = qsizetype{32} << 20;

    [[nodiscard]] int size() const { return static_cast<int>(m_requests.size()); }
    [[nodiscard]] const ServedRequest& at(int row) const {
        return m_requests.at(static_cast<std::size_t>(row));
    }
    void put(ServedRequest request);
    void dropOldest(int count);
    void dropOldBodies();
    /// put() and both bounds.
    void putWithin(ServedRequest request);
    /// All of them, in the order in which they ended; none are left.
    [[nodiscard]] std::vector<ServedRequest> takeAll();

private:
    std::deque<ServedRequest> m_requests;
    qsizetype m_bodyBytes = 0;
};

/// The requests that the window's server has answered, as a RequestShelf keeps them. While it is
/// paused, new ones wait on another shelf. Window's thread.
class RequestLog : public QAbstractListModel {
    Q_OBJECT

public:
    static constexpr int kMostRows = RequestShelf::kMostRows;
    static constexpr qsizetype kMostBodyBytes = RequestShelf::kMostBodyBytes;

    enum Role { ErrorRole = Qt::UserRole + 1 }; ///< bool: it was not answered well.

    explicit RequestLog(QObject* parent = nullptr) : QAbstractListModel(parent) {}

    int rowCount(const QModelIndex& parent = {}) const override;
    /// DisplayRole: the line in words, as a screen reader says it.
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;

    [[nodiscard]] const ServedRequest& at(int row) const { return m_shown.at(row); }
    /// In the order in which they ended.
    void add(std::vector<ServedRequest> requests);
    /// Forgets those that wait too.
    void clear();
    void setPaused(bool isPaused);
    [[nodiscard]] bool isPaused() const { return m_isPaused; }
    [[nodiscard]] int waiting() const { return m_waiting.size(); } ///< 0 unless it is paused.
    [[nodiscard]] quint64 total() const { return m_total; } ///< Added since it was last empty.

signals:
    /// waiting(), total() or isPaused() is another.
    void counted();

private:
    void insert(std::vector<ServedRequest> requests);

    RequestShelf m_shown;
    RequestShelf m_waiting;
    quint64 m_total = 0;
    bool m_isPaused = false;
};

/// Rows of a RequestLog with a text in them, or only those that went wrong.
class RequestFilter : public QSortFilterProxyModel {
    Q_OBJECT

public:
    explicit RequestFilter(RequestLog& log, QObject* parent = nullptr);

    /// In method, path, status, model, client, agent, key or error; blank: all.
    void setText(const QString& text);
    void setErrorsOnly(bool errorsOnly);
    [[nodiscard]] const ServedRequest& at(int row) const;

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

private:
    RequestLog& m_log;
    QString m_text;
    bool m_errorsOnly = false;
};

/// It was refused, or its answer broke off, but not by a client that hung up.
[[nodiscard]] bool hasFailed(const ServedRequest& request);

} // namespace hearth::ui
