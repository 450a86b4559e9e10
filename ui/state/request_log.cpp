#include "state/request_log.h"

#include <iterator>
#include <utility>

namespace hearth::ui {

namespace {

constexpr int kClientClosed = 499;

QString text(const std::string& bytes) {
    return QString::fromStdString(bytes);
}

QString lineOf(const ServedRequest& request) {
    QStringList parts{text(request.method), text(request.path), QString::number(request.status)};
    if (request.completionTokens > 0)
        parts += QStringLiteral("%1→%2").arg(request.promptTokens).arg(request.completionTokens);
    if (!request.error.empty())
        parts += text(request.error);
    if (!request.agent.empty())
        parts += text(request.agent);
    return parts.join(QLatin1Char(' '));
}

} // namespace

bool hasFailed(const ServedRequest& request) {
    return request.status != kClientClosed && (request.status >= 400 || !request.error.empty());
}

void RequestShelf::put(ServedRequest request) {
    m_bodyBytes += static_cast<qsizetype>(request.body.size());
    m_requests.push_front(std::move(request));
}

void RequestShelf::dropOldest(int count) {
    for (; count > 0 && !m_requests.empty(); --count) {
        m_bodyBytes -= static_cast<qsizetype>(m_requests.back().body.size());
        m_requests.pop_back();
    }
}

void RequestShelf::dropOldBodies() {
    for (auto old = m_requests.rbegin(); old != m_requests.rend() && m_bodyBytes > kMostBodyBytes;
         ++old) {
        m_bodyBytes -= static_cast<qsizetype>(old->body.size());
        std::string().swap(old->body);
    }
}

void RequestShelf::putWithin(ServedRequest request) {
    put(std::move(request));
    dropOldest(size() - kMostRows);
    dropOldBodies();
}

std::vector<ServedRequest> RequestShelf::takeAll() {
    std::vector<ServedRequest> taken(std::make_move_iterator(m_requests.rbegin()),
                                     std::make_move_iterator(m_requests.rend()));
    *this = {};
    return taken;
}

int RequestLog::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : m_shown.size();
}

QVariant RequestLog::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const ServedRequest& request = at(index.row());
    if (role == Qt::DisplayRole)
        return lineOf(request);
    if (role == ErrorRole)
        return hasFailed(request);
    return {};
}

void RequestLog::add(std::vector<ServedRequest> requests) {
    if (requests.empty())
        return;
    m_total += requests.size();
    if (m_isPaused)
        for (ServedRequest& request : requests)
            m_waiting.putWithin(std::move(request));
    else
        insert(std::move(requests));
    emit counted();
}

void RequestLog::insert(std::vector<ServedRequest> requests) {
    // More than the log holds: only the newest of them.
    const auto first = requests.size() > kMostRows ? requests.end() - kMostRows : requests.begin();
    const int count = static_cast<int>(requests.end() - first);
    const int surplus = rowCount() + count - kMostRows;
    if (surplus > 0) {
        beginRemoveRows({}, rowCount() - surplus, rowCount() - 1);
        m_shown.dropOldest(surplus);
        endRemoveRows();
    }
    beginInsertRows({}, 0, count - 1);
    for (auto request = first; request != requests.end(); ++request)
        m_shown.put(std::move(*request));
    endInsertRows();
    m_shown.dropOldBodies();
}

void RequestLog::setPaused(bool isPaused) {
    if (isPaused == m_isPaused)
        return;
    m_isPaused = isPaused;
    if (std::vector<ServedRequest> waiting = m_waiting.takeAll(); !waiting.empty())
        insert(std::move(waiting));
    emit counted();
}

void RequestLog::clear() {
    beginResetModel();
    m_shown = {};
    m_waiting = {};
    m_total = 0;
    endResetModel();
    emit counted();
}

RequestFilter::RequestFilter(RequestLog& log, QObject* parent)
    : QSortFilterProxyModel(parent)
    , m_log(log) {
    setSourceModel(&log);
}

void RequestFilter::setText(const QString& text) {
    m_text = text.trimmed();
    invalidateFilter();
}

void RequestFilter::setErrorsOnly(bool errorsOnly) {
    m_errorsOnly = errorsOnly;
    invalidateFilter();
}

const ServedRequest& RequestFilter::at(int row) const {
    return m_log.at(mapToSource(index(row, 0)).row());
}

bool RequestFilter::filterAcceptsRow(int row, const QModelIndex&) const {
    const ServedRequest& request = m_log.at(row);
    if (m_errorsOnly && !hasFailed(request))
        return false;
    if (m_text.isEmpty())
        return true;
    for (const std::string* field : {&request.method, &request.path, &request.model,
                                     &request.client, &request.agent, &request.key, &request.error})
        if (text(*field).contains(m_text, Qt::CaseInsensitive))
            return true;
    return QString::number(request.status) == m_text;
}

} // namespace hearth::ui
