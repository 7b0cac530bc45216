-- tile: students
SELECT count(*) FROM students

-- tile: courses
SELECT count(*) FROM courses WHERE status = 'PUBLISHED'

-- tile: enrollments
SELECT count(*) FROM enrollments

-- tile: activeLearners
SELECT count(DISTINCT student_id) FROM activity

-- tile: completionRate
SELECT avg(CASE WHEN status = 'COMPLETED' THEN 1.0 ELSE 0.0 END) FROM enrollments

-- tile: avgScore
SELECT sum(score) / count(score) FROM submissions

-- tile: enrollmentsByMonth
SELECT make_date(year(enrolled_on), month(enrolled_on), 1) AS month, count(*)
FROM enrollments
WHERE enrolled_on IS NOT NULL
GROUP BY month

-- compare: enrollmentsByMonth
-- A year earlier, day by day, as far as this year's data go (or today, if that is later).
WITH edge AS (
  SELECT greatest(CAST($today AS DATE), max(enrolled_on)) AS last_day FROM enrollments
),
months AS (
  SELECT DISTINCT date_trunc('month', enrolled_on) AS month
  FROM enrollments WHERE enrolled_on IS NOT NULL
),
earlier AS (
  SELECT date_trunc('month', enrolled_on + INTERVAL 1 YEAR) AS month, count(*) AS n
  FROM enrollments, edge
  WHERE enrolled_on + INTERVAL 1 YEAR <= last_day
  GROUP BY 1
)
SELECT CAST(month - INTERVAL 1 YEAR AS DATE), coalesce(n, 0)
FROM months LEFT JOIN earlier USING (month)

-- tile: activeByWeek
-- The Monday of the week: isodow is 1 on Monday.
SELECT occurred_on - (isodow(occurred_on) - 1)::INTEGER AS monday, count(DISTINCT student_id)
FROM activity
GROUP BY monday

-- tile: submissionsByMonth
SELECT make_date(year(submitted_on), month(submitted_on), 1) AS month,
  sum(CASE WHEN NOT is_late THEN 1 ELSE 0 END), sum(CASE WHEN is_late THEN 1 ELSE 0 END)
FROM submissions
GROUP BY month

-- tile: scoreByMonth
SELECT make_date(year(s.submitted_on), month(s.submitted_on), 1) AS month, c.category,
  sum(s.score) / nullif(count(s.score), 0)
FROM submissions s LEFT JOIN courses c ON c.id = s.course_id
GROUP BY month, c.category

-- tile: byStatus
SELECT status, count(*) FROM enrollments GROUP BY status

-- tile: byCategory
SELECT c.category, count(*)
FROM enrollments e LEFT JOIN courses c ON c.id = e.course_id
GROUP BY c.category
