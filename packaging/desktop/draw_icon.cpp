#include <QImage>
#include <QPainter>
#include <QSvgRenderer>

#include <cstdio>

/// hearth_draw_icon SVG SIDE PNG: draws the icon at SIDE × SIDE pixels.
int main(int argc, char** argv) {
    if (argc != 4)
        return 2;
    const int side = QByteArray(argv[2]).toInt();
    QSvgRenderer drawing(QString::fromLocal8Bit(argv[1]));
    QImage image(side, side, QImage::Format_ARGB32_Premultiplied);
    if (image.isNull() || !drawing.isValid())
        return 1;
    image.fill(Qt::transparent);
    QPainter painter(&image);
    painter.setRenderHint(QPainter::Antialiasing);
    drawing.render(&painter);
    painter.end();
    const bool isWritten = image.save(QString::fromLocal8Bit(argv[3]), "PNG");
    if (!isWritten)
        std::fprintf(stderr, "%s could not be written\n", argv[3]);
    return isWritten ? 0 : 1;
}
