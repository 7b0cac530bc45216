-- tile: enrollments
SELECT count(*) FROM enrollments

-- tile: withdrawalRate
SELECT count(*) FILTER (WHERE status = 'WITHDRAWN') / count(*) FROM enrollments

-- tile: enrollmentsByCategory
SELECT t.code, c.category, count(*)
FROM enrollments e JOIN courses c ON c.id = e.course_id LEFT JOIN terms t ON t.id = c.term_id
GROUP BY t.code, c.category

-- tile: enrollmentsByMonth
SELECT make_date(year(e.enrolled_on), month(e.enrolled_on), 1) AS month, c.category, count(*)
FROM enrollments e LEFT JOIN courses c ON c.id = e.course_id
WHERE e.enrolled_on IS NOT NULL
GROUP BY month, c.category

-- tile: withdrawalsByMonth
SELECT make_date(year(withdrawn_on), month(withdrawn_on), 1) AS month, count(*)
FROM enrollments
WHERE status = 'WITHDRAWN' AND withdrawn_on IS NOT NULL
GROUP BY month
