-- template: activeLearnersByWeek
SELECT occurred_on - (isodow(occurred_on) - 1)::INTEGER AS monday, count(DISTINCT student_id)
FROM activity WHERE occurred_on IS NOT NULL GROUP BY monday

-- template: activeLearnersByMonth
SELECT make_date(year(occurred_on), month(occurred_on), 1) AS m, count(DISTINCT student_id)
FROM activity WHERE occurred_on IS NOT NULL GROUP BY m

-- template: clicksByCourse
SELECT c.code, sum(a.clicks), count(DISTINCT a.student_id)
FROM activity a LEFT JOIN courses c ON c.id = a.course_id GROUP BY c.code

-- template: clicksByWeekday
SELECT isodow(occurred_on) AS d, sum(clicks) FROM activity WHERE occurred_on IS NOT NULL GROUP BY d

-- template: clicksByLessonKind
SELECT l.kind, sum(a.clicks)
FROM activity a LEFT JOIN lessons l ON l.id = a.lesson_id GROUP BY l.kind

-- template: useByLearner
SELECT p.code, p.name, count(*), sum(a.clicks)
FROM activity a LEFT JOIN students p ON p.id = a.student_id GROUP BY p.code, p.name

-- template: activityByMonth
SELECT make_date(year(occurred_on), month(occurred_on), 1) AS m, count(*), sum(clicks)
FROM activity WHERE occurred_on IS NOT NULL GROUP BY m

-- template: useOfLessons
SELECT c.code, l.title, sum(a.clicks), count(DISTINCT a.student_id)
FROM activity a LEFT JOIN courses c ON c.id = a.course_id LEFT JOIN lessons l ON l.id = a.lesson_id
GROUP BY c.code, l.title

-- template: lessonCompletionByCourse
SELECT c.code, avg(CASE WHEN p.status = 'COMPLETED' THEN 1.0 ELSE 0.0 END),
  count(*) FILTER (WHERE p.status = 'COMPLETED')
FROM lesson_progress p LEFT JOIN courses c ON c.id = p.course_id GROUP BY c.code

-- template: lessonsCompletedByMonth
SELECT make_date(year(completed_on), month(completed_on), 1) AS m, count(*)
FROM lesson_progress WHERE status = 'COMPLETED' AND completed_on IS NOT NULL GROUP BY m

-- template: timeByLessonKind
SELECT l.kind, sum(p.seconds_spent) / nullif(count(p.seconds_spent), 0)
FROM lesson_progress p LEFT JOIN lessons l ON l.id = p.lesson_id GROUP BY l.kind

-- template: lessonsByLearner
SELECT s.name, c.title, count(*), sum((p.status = 'COMPLETED')::INTEGER)
FROM lesson_progress p LEFT JOIN students s ON s.id = p.student_id
  LEFT JOIN courses c ON c.id = p.course_id
GROUP BY s.name, c.title

-- template: completionByLesson
SELECT c.code, l.title, avg(CASE WHEN p.status = 'COMPLETED' THEN 1.0 ELSE 0.0 END), count(*)
FROM lesson_progress p LEFT JOIN courses c ON c.id = p.course_id
  LEFT JOIN lessons l ON l.id = p.lesson_id
GROUP BY c.code, l.title
