-- tile: activeLearners
SELECT count(DISTINCT student_id) FROM activity

-- tile: clicks
SELECT sum(clicks) FROM activity

-- tile: clicksPerLearner
SELECT sum(clicks) / count(DISTINCT student_id) FROM activity

-- tile: lateRate
SELECT count(*) FILTER (WHERE is_late) / count(*) FROM submissions

-- tile: activeByWeek
SELECT date_trunc('week', a.occurred_on)::DATE, c.category, count(DISTINCT a.student_id)
FROM activity a LEFT JOIN courses c ON c.id = a.course_id
GROUP BY ALL

-- tile: clicksTrend
WITH weekly AS (
  SELECT date_trunc('week', occurred_on)::DATE AS week, sum(clicks) AS clicks
  FROM activity GROUP BY ALL
),
numbered AS (SELECT *, row_number() OVER (ORDER BY week) AS place FROM weekly)
SELECT n.week, n.clicks,
  (SELECT avg(b.clicks) FROM numbered b WHERE b.place BETWEEN n.place - 3 AND n.place)
FROM numbered n

-- tile: weekdays
SELECT isodow(a.occurred_on), c.code, sum(a.clicks)
FROM activity a LEFT JOIN courses c ON c.id = a.course_id
GROUP BY ALL

-- tile: weeksOfTerm
WITH days AS (
  SELECT DISTINCT occurred_on AS day,
    (SELECT max(t.starts_on) FROM terms t WHERE occurred_on BETWEEN t.starts_on AND t.ends_on)
      AS began
  FROM activity
)
SELECT date_diff('day', date_trunc('week', began), date_trunc('week', day)) // 7 + 1 AS week,
  c.category, count(DISTINCT a.student_id)
FROM activity a JOIN days ON days.day = a.occurred_on JOIN courses c ON c.id = a.course_id
WHERE began IS NOT NULL
GROUP BY week, c.category

-- tile: material
SELECT c.category, l.kind, sum(a.clicks)
FROM activity a JOIN courses c ON c.id = a.course_id LEFT JOIN lessons l ON l.id = a.lesson_id
GROUP BY ALL

-- tile: shares
SELECT l.kind, sum(a.clicks), sum(a.clicks) / (SELECT sum(clicks) FROM activity),
  count(DISTINCT a.student_id)
FROM activity a LEFT JOIN lessons l ON l.id = a.lesson_id
GROUP BY l.kind

-- tile: lateByMonth
SELECT date_trunc('month', submitted_on)::DATE AS month,
  count(*) FILTER (WHERE is_late) / count(*)
FROM submissions
GROUP BY month

-- tile: perLearner
SELECT c.code, sum(a.clicks) / count(DISTINCT a.student_id)
FROM activity a LEFT JOIN courses c ON c.id = a.course_id
GROUP BY c.code
