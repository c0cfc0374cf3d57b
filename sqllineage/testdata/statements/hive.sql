SET hive.exec.dynamic.partition=true; USE warehouse;
INSERT OVERWRITE TABLE daily PARTITION (dt='${hiveconf:dt}') SELECT TRANSFORM (a, b) USING 'python x.py' AS (c string, d int) FROM 2026_events DISTRIBUTE BY a SORT BY a, b
-- next
CREATE EXTERNAL TABLE IF NOT EXISTS logs (host STRING, props MAP<STRING, ARRAY<INT>>) PARTITIONED BY (dt STRING) ROW FORMAT DELIMITED FIELDS TERMINATED BY '\t' STORED AS ORC LOCATION '/logs'; LOAD DATA INPATH '/in/x' OVERWRITE INTO TABLE logs PARTITION (dt = '1')
-- next
SELECT a.host, b.k, b.v, rank() OVER (DISTRIBUTE BY a.host SORT BY a.n) FROM (SELECT host, props, n FROM logs WHERE dt >= date_sub(current_date, 7)) a LATERAL VIEW explode(a.props) b AS k, v WHERE a.host RLIKE '^web' CLUSTER BY host
