-- tile: learners
SELECT count(*) FROM (SELECT DISTINCT student_id FROM enrollments)

-- tile: passRate
SELECT count(*) FILTER (WHERE outcome = 'PASS' OR outcome = 'DISTINCTION') / count(outcome)
FROM enrollments

-- tile: withdrawalRate
SELECT count(*) FILTER (WHERE status = 'WITHDRAWN') / count(*) FROM enrollments

-- tile: neverActive
SELECT count(*) FROM enrollments e
WHERE NOT EXISTS (SELECT 1 FROM activity a WHERE a.enrollment_id = e.id)

-- tile: outcomes
SELECT c.code, e.outcome, count(*)
FROM enrollments e LEFT JOIN courses c ON c.id = e.course_id
GROUP BY ALL

-- tile: rates
SELECT c.category,
  count(*) FILTER (WHERE e.status = 'COMPLETED') / count(*),
  count(*) FILTER (WHERE e.status = 'WITHDRAWN') / count(*),
  count(*) FILTER (WHERE e.outcome IN ('PASS', 'DISTINCTION')) / nullif(count(e.outcome), 0)
FROM enrollments e LEFT JOIN courses c ON c.id = e.course_id
GROUP BY c.category

-- tile: passRateByTerm
SELECT t.code,
  count(*) FILTER (WHERE e.outcome IN ('PASS', 'DISTINCTION')) / nullif(count(e.outcome), 0)
FROM enrollments e JOIN courses c ON c.id = e.course_id LEFT JOIN terms t ON t.id = c.term_id
GROUP BY t.code

-- tile: scores
WITH scored AS (
  SELECT 100 * s.score::DOUBLE / a.max_score::DOUBLE AS pct
  FROM submissions s JOIN assignments a ON a.id = s.assignment_id
)
SELECT CASE
    WHEN pct IS NULL THEN NULL
    WHEN pct >= 90 THEN '[90,100]'
    ELSE '[' || floor(pct / 10)::INTEGER * 10 || ',' || (floor(pct / 10)::INTEGER + 1) * 10 || ')'
  END AS bin, count(*)
FROM scored
GROUP BY bin

-- tile: classes
SELECT class_name, count(*) FROM students GROUP BY class_name

-- tile: useAndScore
WITH pairs AS (
  SELECT DISTINCT p.code, c.category
  FROM enrollments e JOIN students p ON p.id = e.student_id JOIN courses c ON c.id = e.course_id
),
used AS (
  SELECT p.code, c.category, sum(a.clicks) AS clicks
  FROM activity a JOIN students p ON p.id = a.student_id JOIN courses c ON c.id = a.course_id
  GROUP BY ALL
),
scored AS (
  SELECT p.code, c.category, avg(s.score) AS score
  FROM submissions s JOIN students p ON p.id = s.student_id JOIN courses c ON c.id = s.course_id
  GROUP BY ALL
)
SELECT code, category, coalesce(clicks, 0), score
FROM pairs LEFT JOIN used USING (code, category) LEFT JOIN scored USING (code, category)

-- tile: withdrawals
-- Terms overlap; a day belongs to the one that began last.
WITH given_up AS (
  SELECT c.term_id, e.withdrawn_on AS day,
    (SELECT max(t.starts_on) FROM terms t WHERE e.withdrawn_on BETWEEN t.starts_on AND t.ends_on)
      AS began
  FROM enrollments e JOIN courses c ON c.id = e.course_id
  WHERE e.status = 'WITHDRAWN'
)
SELECT date_diff('day', date_trunc('week', began), date_trunc('week', day)) // 7 + 1 AS week,
  (SELECT code FROM terms WHERE id = term_id) AS term, count(*)
FROM given_up WHERE began IS NOT NULL
GROUP BY week, term

-- tile: attention
SELECT p.code, p.name, c.code, avg(s.score) AS score, count(*),
  avg(CASE WHEN s.is_late THEN 1 ELSE 0 END)
FROM submissions s JOIN students p ON p.id = s.student_id JOIN courses c ON c.id = s.course_id
GROUP BY p.code, p.name, c.code
HAVING avg(s.score) < 40
ORDER BY score, p.code, p.name, c.code
LIMIT 25
