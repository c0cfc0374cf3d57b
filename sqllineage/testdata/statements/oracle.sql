INSERT ALL WHEN salary > 1000 THEN INTO hr.high (id, pay) VALUES (emp_id, salary) WHEN salary <= 1000 THEN INTO hr.low (id) VALUES (emp_id) ELSE INTO hr.other SELECT e.emp_id, e.salary FROM hr.emp e, hr.dept d WHERE e.dept_id = d.id (+) AND d.name = q'[it's]' AND ROWNUM <= :most
-- next
CREATE OR REPLACE FORCE VIEW hr.chart (lvl, name, boss) AS SELECT LEVEL, LPAD(' ', LEVEL * 2) || name, PRIOR name FROM hr.emp START WITH boss_id IS NULL CONNECT BY NOCYCLE PRIOR emp_id = boss_id ORDER SIBLINGS BY name
-- next
MERGE INTO hr.bonus b USING (SELECT emp_id, NVL(MAX(salary) KEEP (DENSE_RANK LAST ORDER BY paid_at), 0) pay FROM hr.pay@archive GROUP BY emp_id) s ON (b.emp_id = s.emp_id) WHEN MATCHED THEN UPDATE SET b.pay = s.pay DELETE WHERE (s.pay = 0) WHEN NOT MATCHED THEN INSERT (emp_id, pay) VALUES (s.emp_id, s.pay * .1);
SELECT * FROM (SELECT job, sal FROM emp) PIVOT (AVG(sal) FOR job IN ('A' AS a, 'B' AS b)) MINUS SELECT 1, 2, 3 FROM DUAL; UPDATE t SET (a, b) = (SELECT c, d FROM u WHERE u.id = t.id);
BEGIN FOR r IN (SELECT id FROM x) LOOP UPDATE y SET z = r.id WHERE y.id = r.id; END LOOP; EXCEPTION WHEN OTHERS THEN NULL; END;
