-- A tiny old system: every kind of row that a migration meets, by hand.
CREATE TABLE trang_thai (ma TEXT PRIMARY KEY, so INTEGER, ten TEXT);
INSERT INTO trang_thai VALUES ('TN', 2, 'Được tiếp nhận'), ('DXL', 4, 'Đang xử lý'), ('TRA', 10, 'Đã trả kết quả');
CREATE TABLE don_vi (ma TEXT PRIMARY KEY, ten TEXT);
INSERT INTO don_vi VALUES ('000.00.00.H25', 'UBND tỉnh Hà Nam'), ('000.28.73.H25', 'UBND xã Nhân Bình');
CREATE TABLE dm_xa (ma TEXT PRIMARY KEY, ten TEXT);
INSERT INTO dm_xa VALUES ('13618', 'Xã Nhân Bình'), ('10528', 'Phường Trần Phú'), ('13291', 'Xã Nhân Bình');
CREATE TABLE nguoi_dan (id INTEGER PRIMARY KEY, ho_ten TEXT, ngay_sinh TEXT, gioi_tinh INTEGER, cccd TEXT, dia_chi TEXT, ma_xa TEXT, mat_khau TEXT);
INSERT INTO nguoi_dan VALUES
 (1, 'NGUYỄN THỊ HOÀ', '05/01/1980', 2, '035180000018', 'thôn 3, xã Nhân Bình, huyện Lý Nhân, tỉnh Hà Nam', '13618', 'x'),
 (2, 'Trần Văn Tý', '1975', 1, NULL, 'số 4 phố Chi Lăng, phường Trần Phú, thành phố Hải Dương, tỉnh Hải Dương', '10528', 'x'),
 (3, 'Lê Văn Ba', '31/02/1990', 1, '001090000123', 'xóm 1', '99999', 'x'),
 (4, NULL, '01/01/1990', 1, NULL, NULL, NULL, 'x'),
 (5, 'Phạm Thị Năm', '00/00/1985', 2, NULL, 'xã Nhân Bình, huyện Lý Nhân, tỉnh Hà Nam', '13291', 'x');
CREATE TABLE ho_so (id INTEGER PRIMARY KEY, ma TEXT, tthc TEXT, don_vi TEXT, chu INTEGER, nhan TEXT, hen TEXT, tt TEXT, xoa INTEGER);
INSERT INTO ho_so VALUES
 (1, '000.28.73.H25-230320-0008', '1.001193', '000.28.73.H25', 1, '20/03/2023', '21/03/2023', 'TRA', 0),
 (2, '000.00.00.H25-250601-0001', '1.001612', '000.00.00.H25', 2, '01/06/2025', '31/02/2025', 'DXL', 0),
 (3, '000.28.73.H25-230320-0008', '1.001193', '000.28.73.H25', 2, '20/03/2023', NULL, 'TN', 0),
 (4, '000.28.73.H25-230401-0004', '1.001193', '000.28.73.H25', 4, '01/04/2023', NULL, 'TN', 0),
 (5, '000.28.73.H25-230402-0005', '1.001193', '000.28.73.H25', 99, '02/04/2023', NULL, 'TN', 0),
 (6, '000.28.73.H25-230403-0006', '1.001193', '000.28.73.H25', 1, '03/04/2023', NULL, 'HUY', 0),
 (7, '000.28.73.H25-230404-0007', '1.001193', '000.28.73.H25', 1, '04/04/2023', NULL, 'TN', 1);
CREATE TABLE giay_to (id INTEGER PRIMARY KEY, ho_so INTEGER, ten TEXT, tep TEXT, bam TEXT);
INSERT INTO giay_to VALUES
 (1, 1, 'Giấy khai sinh', '2023\a.txt', 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb'),
 (2, 1, 'Tờ khai', '2023/b.txt', 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb'),
 (3, 1, 'Đơn', '../../etc/passwd', NULL),
 (4, 2, 'Đơn', '2023/gone.txt', NULL),
 (5, 3, 'Đơn', '2023/a.txt', NULL),
 (6, 77, 'Đơn', '2023/a.txt', NULL),
 (7, 2, 'Bản giấy', NULL, NULL);
CREATE TABLE nhat_ky (id INTEGER PRIMARY KEY, viec TEXT);
INSERT INTO nhat_ky VALUES (1, 'đăng nhập');
